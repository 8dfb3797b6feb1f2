import { asFailure, type Failure } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import { conditionOf, type Readiness } from './conditions.ts'
import type { EventRecorder } from './events.ts'
import { Finalizer } from './finalizer.ts'
import type { Informer, InformerEvent } from './informer.ts'
import type { Kind, ObjectEvent, Outcome, ReconcileContext, Report, StatusObject, Step } from './kind.ts'
import type { Priority } from './lanes.ts'
import { LinkedSignal } from './linked-signal.ts'
import type { Logger } from './log.ts'
import type { ControllerMetrics, ReconcileResult } from './metrics.ts'
import type { WorkQueue } from './queue.ts'
import { Requeue } from './requeue.ts'
import { type Condition, keyOf, splitKey } from './resource.ts'
import { StatusWriter } from './status-writer.ts'
import { isUsersChange } from './users-change.ts'
import { Workers } from './workers.ts'

/** Which namespaces are this replica's to work on; `Shards` is one. */
export interface Ownership {
  owns(namespace: string): boolean
  /** Aborted before another replica may own the namespace. */
  signal(namespace: string): AbortSignal
  subscribe(listener: (change: { gained: number[]; lost: number[] }) => void): () => void
}

export interface ControllerOptions<O extends StatusObject, Observed, S extends Step> {
  /** Lower case name in metrics and logs: `image`. */
  name: string
  kind: Kind<O, Observed, S>
  client: KubeClient
  informer: Informer<O>
  queue: WorkQueue
  ownership: Ownership
  events: EventRecorder
  metrics: ControllerMetrics
  logger: Logger
  /** Reconciles at the same time. */
  workers: number
  /** Waits until every cache that the kind reads is complete; false when the signal was aborted first. */
  synced: (signal: AbortSignal) => Promise<boolean>
  /** Seconds between two looks at an object that nothing else woke; spread by ±20 %. */
  resyncSeconds: number
  /** Annotation that pauses an object while it is `"true"`. */
  pausedAnnotation: string
  /** Time of day for conditions. */
  today?: () => Date
  /** Spread of the resync, [0, 1). */
  random?: () => number
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number
}

/** Steps in one reconcile; more than any kind needs, so that a plan that goes in circles is found out. */
const MOST_STEPS = 20

/** For how long after a write an object that waits briefly is not written again: much work ends within it. */
const BRIEF_MS = 5_000

/**
 * The reconcile loop of one kind: takes keys from the queue, lets the kind observe, plan and act until nothing more is
 * to be done at once, writes status once, and decides by the failure's class when to look again.
 */
export class Controller<O extends StatusObject, Observed, S extends Step> {
  readonly #options: ControllerOptions<O, Observed, S>
  readonly #finalizer: Finalizer<O>
  readonly #status: StatusWriter<O>
  /** Versions that we wrote, and when: they are known, and no reason to look again. */
  readonly #written = new WeakMap<O, number>()
  readonly #now: () => number
  readonly #workers: Workers
  readonly #requeue: Requeue

  constructor(options: ControllerOptions<O, Observed, S>) {
    const { client, kind, today = () => new Date(), random = Math.random, now = () => performance.now() } = options
    this.#options = options
    this.#now = now
    const fieldManager = `auxo-${options.name}`
    this.#finalizer = new Finalizer(client, kind.type, kind.finalizer, fieldManager)
    this.#status = new StatusWriter(client, kind.type, fieldManager, today, kind.foreignStatus)
    this.#workers = new Workers(options.queue, options.workers, (key, signal) => this.#once(key, signal))
    this.#requeue = new Requeue(options.queue, options.resyncSeconds, random)
  }

  /** Asks for a look at an object, if it is this replica's. */
  enqueue(key: string, priority: Priority = 'Operation'): void {
    if (this.#options.ownership.owns(splitKey(key).namespace)) this.#options.queue.add(key, { priority })
  }

  /** Works until the signal is aborted; returns when the last reconcile has ended. Call it before the informer runs. */
  async run(signal: AbortSignal): Promise<void> {
    const { informer, ownership, workers, metrics, synced } = this.#options
    metrics.maxConcurrent(workers)
    const unsubscribe = [
      informer.subscribe((event) => this.#changed(event)),
      ownership.subscribe(() => this.#ownershipChanged()),
    ]
    if (await synced(signal)) await this.#workers.run(signal)
    for (const stop of unsubscribe) stop()
  }

  /** Resolves when no reconcile of such a namespace is under way. */
  async drained(concerns: (namespace: string) => boolean): Promise<void> {
    await this.#workers.drained(concerns)
  }

  #changed(event: InformerEvent<O>): void {
    if (this.#written.has(event.object)) return
    const key = keyOf(event.object)
    if (event.type === 'Deleted') this.#options.kind.forget?.(key)
    if (event.initial) this.enqueue(key, 'Start')
    else this.enqueue(key, isUsersChange(event) ? 'User' : 'Operation')
  }

  #ownershipChanged(): void {
    const { informer, kind, ownership, queue } = this.#options
    for (const object of informer.list()) {
      const key = keyOf(object)
      if (ownership.owns(splitKey(key).namespace)) this.enqueue(key, 'Start')
      else {
        kind.forget?.(key)
        queue.remove(key)
      }
    }
  }

  async #once(key: string, signal: AbortSignal): Promise<void> {
    const shard = this.#options.ownership.signal(splitKey(key).namespace)
    const end = this.#options.metrics.started()
    using linked = new LinkedSignal([signal, shard])
    try {
      end(shard.aborted ? 'success' : await this.#reconcile(key, linked.signal))
    } catch (error) {
      // Work that was broken off because it is another replica's now, or the process stops, is not a failure.
      end(signal.aborted || shard.aborted ? 'success' : this.#failed(key, asFailure(error)))
    }
  }

  /** One reconcile, from the object as the cache has it to its status and the next look. */
  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { informer, kind, pausedAnnotation, queue } = this.#options
    const object = informer.get(key)
    if (object === undefined) {
      kind.forget?.(key)
      queue.forget(key)
      return 'success'
    }
    if (object.metadata.annotations?.[pausedAnnotation] === 'true') {
      this.#wrote(await this.#status.pause(object))
      return this.#requeue.after(key, { type: 'Settled' })
    }
    const deleting = object.metadata.deletionTimestamp !== undefined
    if (deleting && !this.#finalizer.isOn(object)) return 'success'
    const held = deleting ? object : await this.#hold(object)
    const fresh = !this.#finalizer.isOn(object)
    const context = { signal, logger: this.#loggerFor(key), fresh }
    return this.#requeue.after(key, await this.#steps(held, context))
  }

  /** The finalizer is on the object before anything outside the cluster is made, and off where there is nothing. */
  async #hold(object: O): Promise<O> {
    const wanted = this.#options.kind.holds(object)
    if (wanted === this.#finalizer.isOn(object)) return object
    return this.#wrote(wanted ? await this.#finalizer.put(object) : await this.#finalizer.remove(object))
  }

  async #steps(first: O, context: ReconcileContext): Promise<Outcome> {
    const { kind } = this.#options
    let object = first
    for (let taken = 0; taken < MOST_STEPS; taken++) {
      let observed: Observed
      try {
        observed = await kind.observe(object, context)
      } catch (error) {
        const failure = this.#logged(asFailure(error), context, 'observe')
        return await this.#report(object, kind.reportUnobserved(object, failure), { type: 'Failed', failure })
      }
      const step = kind.plan(object, observed)
      if (step.type === 'ReleaseFinalizer') {
        this.#wrote(await this.#finalizer.remove(object))
        return { type: 'Settled' }
      }
      const intent = kind.intent?.(step as S, object)
      if (intent) object = this.#wrote(await this.#status.intend(object, intent))
      const outcome = await this.#act(step as S, object, observed, context)
      if ('event' in outcome && outcome.event) {
        context.logger.info({ step: step.type }, outcome.event.note)
        this.#options.events.record(object, outcome.event)
      }
      if (outcome.type === 'Done') continue
      return await this.#report(object, kind.report(object, observed, step, outcome), outcome)
    }
    throw new Error(`no end after ${MOST_STEPS} steps: the plan goes in circles`)
  }

  async #act(step: S, object: O, observed: Observed, context: ReconcileContext): Promise<Outcome> {
    context.signal.throwIfAborted()
    try {
      return await this.#options.kind.act(step, object, observed, context)
    } catch (error) {
      if (context.signal.aborted) throw error
      return { type: 'Failed', failure: this.#logged(asFailure(error), context, step.type) }
    }
  }

  async #report(object: O, report: Report<O> | undefined, outcome: Outcome): Promise<Outcome> {
    if (report === undefined) return outcome
    const quietMs = this.#quietMs(object, report, outcome)
    if (quietMs > 0) return { type: 'Waiting', afterSeconds: quietMs / 1000 }
    this.#wrote(await this.#status.report(object, report))
    const event = readinessEvent(conditionOf(object, 'Ready'), report.readiness)
    if (event) this.#options.events.record(object, event)
    return outcome
  }

  /** How long the report can wait, since the object shows already that it is being worked on. */
  #quietMs(object: O, { readiness }: Report<O>, outcome: Outcome): number {
    const writtenAt = this.#written.get(object)
    if (outcome.type !== 'Waiting' || !outcome.brief || writtenAt === undefined) return 0
    const same = readiness.state === 'Reconciling' && conditionOf(object, 'Reconciling')?.status === 'True'
    return same ? writtenAt + BRIEF_MS - this.#now() : 0
  }

  #wrote(object: O): O {
    const { informer } = this.#options
    // What was not different was not written again.
    if (!this.#written.has(object)) this.#written.set(object, this.#now())
    informer.observed(object)
    // The stream may have brought the same version before the answer came.
    const cached = informer.get(keyOf(object))
    const same = cached !== undefined && cached.metadata.resourceVersion === object.metadata.resourceVersion
    if (same && !this.#written.has(cached)) this.#written.set(cached, this.#now())
    return object
  }

  #logged(failure: Failure, { logger }: ReconcileContext, step: string): Failure {
    const { class: failureClass, code, requestId } = failure
    const fields = { step, class: failureClass, code, openstackRequestID: requestId }
    if (failureClass === 'Internal') logger.error({ ...fields, err: failure }, failure.message)
    else logger.info(fields, failure.message)
    return failure
  }

  /** The reconcile itself broke off: the API server failed, the object changed meanwhile, or a defect. */
  #failed(key: string, failure: Failure): ReconcileResult {
    this.#logged(failure, { logger: this.#loggerFor(key), signal: AbortSignal.abort() }, 'reconcile')
    return this.#requeue.afterFailure(
      key,
      failure.class === 'InvalidSpec' || failure.class === 'Auth' ? unexpected(failure) : failure,
    )
  }

  #loggerFor(key: string): Logger {
    const { namespace, name } = splitKey(key)
    return this.#options.logger.child({
      controller: this.#options.name,
      namespace,
      name,
      reconcileID: crypto.randomUUID(),
    })
  }
}

/** Becoming ready, and each new reason for not being so, is worth an event; waiting for work to go on is not. */
function readinessEvent(before: Condition | undefined, { state, reason, message }: Readiness): ObjectEvent | undefined {
  if (before?.reason === reason || (state === 'Reconciling' && before?.status !== 'True')) return undefined
  return { type: state === 'Ready' ? 'Normal' : 'Warning', reason, action: 'Reconcile', note: message }
}

/** A refusal by our own API server is nobody's spec: it is tried again as a defect is. */
function unexpected(failure: Failure): Failure {
  return asFailure(new Error(failure.message, { cause: failure }))
}
