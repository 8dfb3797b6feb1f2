import { asFailure } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import { conditionOf, type Readiness } from './conditions.ts'
import type { EventRecorder } from './events.ts'
import { Finalizer } from './finalizer.ts'
import type { Kind, ObjectEvent, Outcome, ReconcileContext, Report, StatusObject, Step } from './kind.ts'
import { logFailure } from './log.ts'
import type { OwnWrites } from './own-writes.ts'
import type { Condition } from './resource.ts'
import { StatusWriter } from './status-writer.ts'

export interface ReconcilerOptions<O extends StatusObject, Observed, S extends Step> {
  kind: Kind<O, Observed, S>
  client: KubeClient
  events: EventRecorder
  writes: OwnWrites<O>
  fieldManager: string
  /** Annotation that pauses an object while it is `"true"`. */
  pausedAnnotation: string
  /** Time of day for conditions. */
  today: () => Date
}

/** Steps in one reconcile; more than any kind needs, so that a plan that goes in circles is found out. */
const MOST_STEPS = 20

/** For how long after a write an object that waits briefly is not written again: much work ends within it. */
const BRIEF_MS = 5_000

/** One reconcile of one object: finalizer, the kind's four verbs until nothing more is to be done at once, one status write. */
export class Reconciler<O extends StatusObject, Observed, S extends Step> {
  readonly #kind: Kind<O, Observed, S>
  readonly #events: EventRecorder
  readonly #writes: OwnWrites<O>
  readonly #pausedAnnotation: string
  readonly #finalizer: Finalizer<O>
  readonly #status: StatusWriter<O>
  /** Let go by us. The answer to that has no newer version, so the cache shows them until the stream tells. */
  readonly #released = new WeakSet<O>()

  constructor(options: ReconcilerOptions<O, Observed, S>) {
    const { kind, client, fieldManager, today } = options
    this.#kind = kind
    this.#events = options.events
    this.#writes = options.writes
    this.#pausedAnnotation = options.pausedAnnotation
    this.#finalizer = new Finalizer(client, kind.type, kind.finalizer, fieldManager)
    this.#status = new StatusWriter(client, kind.type, fieldManager, today, kind.foreignStatus)
  }

  /** What came of it; undefined for an object that goes and is not held by us. */
  async reconcile(object: O, { signal, logger }: Omit<ReconcileContext, 'fresh'>): Promise<Outcome | undefined> {
    if (object.metadata.annotations?.[this.#pausedAnnotation] === 'true') {
      this.#writes.wrote(await this.#status.pause(object))
      return { type: 'Settled' }
    }
    const deleting = object.metadata.deletionTimestamp !== undefined
    if (deleting && (!this.#finalizer.isOn(object) || this.#released.has(object))) return undefined
    const held = deleting ? object : await this.#hold(object)
    const fresh = !this.#finalizer.isOn(object)
    return await this.#steps(held, { signal, logger, fresh })
  }

  /** The finalizer is on the object before anything outside the cluster is made, and off where there is nothing. */
  async #hold(object: O): Promise<O> {
    const wanted = this.#kind.holds(object)
    if (wanted === this.#finalizer.isOn(object)) return object
    return this.#writes.wrote(wanted ? await this.#finalizer.put(object) : await this.#finalizer.remove(object))
  }

  async #steps(first: O, context: ReconcileContext): Promise<Outcome> {
    const kind = this.#kind
    let object = first
    for (let taken = 0; taken < MOST_STEPS; taken++) {
      let observed: Observed
      try {
        observed = await kind.observe(object, context)
      } catch (error) {
        const failure = logFailure(context.logger, asFailure(error), 'observe')
        return await this.#report(object, kind.reportUnobserved(object, failure), { type: 'Failed', failure })
      }
      const step = kind.plan(object, observed)
      if (step.type === 'ReleaseFinalizer') {
        this.#writes.wrote(await this.#finalizer.remove(object))
        this.#released.add(object)
        return { type: 'Settled' }
      }
      const intent = kind.intent?.(step as S, object, observed)
      if (intent) object = this.#writes.wrote(await this.#status.intend(object, intent))
      const outcome = await this.#act(step as S, object, observed, context)
      if ('event' in outcome && outcome.event) {
        context.logger.info({ step: step.type }, outcome.event.note)
        this.#events.record(object, outcome.event)
      }
      if (outcome.type === 'Done') continue
      return await this.#report(object, kind.report(object, observed, step, outcome), outcome)
    }
    throw new Error(`no end after ${MOST_STEPS} steps: the plan goes in circles`)
  }

  async #act(step: S, object: O, observed: Observed, context: ReconcileContext): Promise<Outcome> {
    context.signal.throwIfAborted()
    try {
      return await this.#kind.act(step, object, observed, context)
    } catch (error) {
      if (context.signal.aborted) throw error
      return { type: 'Failed', failure: logFailure(context.logger, asFailure(error), step.type) }
    }
  }

  async #report(object: O, report: Report<O> | undefined, outcome: Outcome): Promise<Outcome> {
    if (report === undefined) return outcome
    const quietMs = this.#quietMs(object, report, outcome)
    if (quietMs > 0) return { type: 'Waiting', afterSeconds: quietMs / 1000 }
    this.#writes.wrote(await this.#status.report(object, report))
    const event = readinessEvent(conditionOf(object, 'Ready'), report.readiness)
    if (event) this.#events.record(object, event)
    return outcome
  }

  /** How long the report can wait, since the object shows already that it is being worked on. */
  #quietMs(object: O, { readiness }: Report<O>, outcome: Outcome): number {
    const age = this.#writes.age(object)
    if (outcome.type !== 'Waiting' || !outcome.brief || age === undefined) return 0
    const same = readiness.state === 'Reconciling' && conditionOf(object, 'Reconciling')?.status === 'True'
    return same ? BRIEF_MS - age : 0
  }
}

/** Becoming ready, and each new reason for not being so, is worth an event; waiting for work to go on is not. */
function readinessEvent(before: Condition | undefined, { state, reason, message }: Readiness): ObjectEvent | undefined {
  if (before?.reason === reason || (state === 'Reconciling' && before?.status !== 'True')) return undefined
  return { type: state === 'Ready' ? 'Normal' : 'Warning', reason, action: 'Reconcile', note: message }
}
