import { Failure } from '../../failure/failure.ts'
import { readinessConditions } from '../conditions.ts'
import type { Kind, Outcome, ReleaseFinalizer, Report, StatusObject, Step } from '../kind.ts'
import { silentLogger } from '../log.ts'

/** What became of an object that was worked on until nothing more was to be done. */
export interface Ending<O extends StatusObject, S extends Step> {
  step: S | ReleaseFinalizer
  outcome: Outcome
  report: Report<O> | undefined
}

/** A world's cloud throws it where the process dies in the midst of a call. */
export const DEATH = new Error('the process died')

/**
 * The loop over one object, without queue, clock and API server: the kind's real verbs on a world small enough for
 * thousands of runs. A kind's own world extends it by what there is in the cloud.
 */
export abstract class SmallLoop<O extends StatusObject, Observed, S extends Step> {
  object: O
  #kind: Kind<O, Observed, S> | undefined
  #fresh: boolean

  constructor(object: O) {
    this.object = object
    this.#fresh = object.metadata.deletionTimestamp === undefined && object.status === undefined
  }

  /** The kind with a memory that is empty, as a process has it that begins. */
  protected abstract makeKind(): Kind<O, Observed, S>

  /** What happens in the world while the object waits; whether that is worth another look. `last`: the step before. */
  protected abstract goesOn(ending: Ending<O, S>, last: string | undefined): boolean

  /** The process died: what was only in its memory is gone; what was written, and the cloud, stay. */
  crash(): void {
    this.#kind = undefined
    this.#fresh = false
  }

  /** Takes one step as the loop does. Returns an ending where the loop would stop. */
  async step(): Promise<Ending<O, S> | undefined> {
    this.#kind ??= this.makeKind()
    const kind = this.#kind
    const context = { signal: new AbortController().signal, logger: silentLogger, fresh: this.#fresh }
    const observed = await kind.observe(this.object, context)
    const step = kind.plan(this.object, observed)
    if (step.type === 'ReleaseFinalizer') return { step, outcome: { type: 'Settled' }, report: undefined }
    const intent = kind.intent?.(step as S, this.object, observed)
    if (intent) this.object = { ...this.object, status: stored({ ...this.object.status, ...intent }) }
    const outcome = await this.#outcomeOf(kind.act(step as S, this.object, observed, context))
    if (outcome === undefined || outcome.type === 'Done') return undefined
    const report = kind.report(this.object, observed, step, outcome)
    if (report) this.#write(report)
    return { step, outcome, report }
  }

  /** Works until the object rests, is released, stalls, or waits for something that this world never does. */
  async settle(mostSteps = 60): Promise<Ending<O, S>> {
    let last: string | undefined
    for (let taken = 0; taken < mostSteps; taken++) {
      const ending = await this.step()
      if (ending === undefined) continue
      if (!this.goesOn(ending, last)) return ending
      last = ending.step.type
    }
    throw new Error(`not settled after ${mostSteps} steps`)
  }

  /** Works on, and dies after as many steps as each number says; then to the end. */
  async live(crashes: readonly number[]): Promise<Ending<O, S>> {
    for (const steps of crashes) {
      for (let taken = 0; taken < steps; taken++) {
        if ((await this.step())?.step.type === 'ReleaseFinalizer') return await this.settle()
      }
      this.crash()
    }
    return await this.settle()
  }

  /** `undefined`: the process died. */
  async #outcomeOf(acting: Promise<Outcome>): Promise<Outcome | undefined> {
    try {
      return await acting
    } catch (error) {
      if (error instanceof Failure) return { type: 'Failed', failure: error }
      if (error !== DEATH) throw error
      this.crash()
      return undefined
    }
  }

  #write({ readiness, conditions = [], status }: Report<O>): void {
    const written = [...readinessConditions(readiness), ...conditions].map((condition) => ({
      ...condition,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }))
    this.object = { ...this.object, status: stored({ ...status, conditions: written }) }
  }
}

/** As the API server keeps it: without what is undefined. */
function stored<T extends object>(status: T): T {
  return JSON.parse(JSON.stringify(status)) as T
}
