import type { Failure } from '../failure/failure.ts'
import type { Readiness, WantedCondition } from './conditions.ts'
import type { Logger } from './log.ts'
import type { Condition, KubeObject, ResourceType } from './resource.ts'

/** An object whose status the loop can write. */
export interface StatusObject extends KubeObject {
  spec: object
  status?: { conditions?: Condition[] | undefined; observedGeneration?: number | undefined } | undefined
}

/** Status without what the loop adds: conditions and observedGeneration. */
export type StatusFields<O extends StatusObject> = Omit<NonNullable<O['status']>, 'conditions' | 'observedGeneration'>

/** One decision of `plan`. A kind's steps are a union of these, told apart by `type`. */
export interface Step {
  readonly type: string
}

/** The step by which a plan says that nothing is left outside the cluster: the loop then removes the finalizer. */
export interface ReleaseFinalizer extends Step {
  readonly type: 'ReleaseFinalizer'
}

/** What came of a step; says when to look again. */
export type Outcome =
  /** The effect is done (and worth an event): observe and plan again at once. */
  | { type: 'Done'; event?: ObjectEvent }
  /** Nothing to do until something changes. */
  | { type: 'Settled' }
  /**
   * Something is awaited (and its beginning worth an event). Whoever sees it wakes the object; `afterSeconds` is the net
   * below. `brief`: it may be over in a moment, so what the object shows of its work may stay until then.
   */
  | { type: 'Waiting'; afterSeconds?: number; brief?: boolean; event?: ObjectEvent }
  | { type: 'Failed'; failure: Failure }

/** An event to record (events.k8s.io/v1). */
export interface ObjectEvent {
  type: 'Normal' | 'Warning'
  /** CamelCase: `UploadFinished`. */
  reason: string
  /** What the controller did, CamelCase: `Create`. */
  action: string
  note: string
}

/** What a reconcile says of the object. */
export interface Report<O extends StatusObject> {
  readiness: Readiness
  /** Conditions beside Ready, Reconciling and Stalled; each present only while it says something. */
  conditions?: WantedCondition[]
  status: StatusFields<O>
}

/** What the loop gives to each verb. */
export interface ReconcileContext {
  /** Aborted when the process stops or the object's shard is lost. */
  signal: AbortSignal
  logger: Logger
  /** The finalizer was put in this very reconcile: no earlier process can have done anything for the object. */
  fresh?: boolean
}

/**
 * What is particular to a kind. The generic loop (`Controller`) calls the four verbs until a step has nothing more to
 * do at once, and does the rest: queue, retries by failure class, finalizer, one status write, metrics.
 */
export interface Kind<O extends StatusObject, Observed, S extends Step> {
  readonly type: ResourceType<O>
  /** `group/kind`; also names the field manager. */
  readonly finalizer: string
  /** Fields of status that another controller applies with a field manager of its own; the loop leaves them alone. */
  readonly foreignStatus?: readonly string[]
  /** Whether something outside the cluster must be seen to before the object may go. */
  holds(object: O): boolean
  /** Gathers what the decision needs, from caches; a live read only before something irreversible. */
  observe(object: O, context: ReconcileContext): Promise<Observed>
  /** Pure: exactly one next step from what is wanted and what is there. */
  plan(object: O, observed: Observed): S | ReleaseFinalizer
  /**
   * Fields of status that must be on record before the step's effect (chosen ids, attempt numbers). Written with the
   * resourceVersion as precondition; `act` is not called unless the write succeeded. Pure.
   */
  intent?(step: S, object: O, observed: Observed): Partial<StatusFields<O>> | undefined
  /** Carries out the step: idempotent, or covered by an intent. */
  act(step: S, object: O, observed: Observed, context: ReconcileContext): Promise<Outcome>
  /** Pure: status and conditions; undefined where there is nothing new to say, and what is there shall stay. */
  report(object: O, observed: Observed, step: S | ReleaseFinalizer, outcome: Outcome): Report<O> | undefined
  /** Readiness when `observe` itself failed: nothing is known. Pure. */
  reportUnobserved(object: O, failure: Failure): Report<O>
  /** The object is gone from the cluster, or no longer ours to look after: stop what runs for it. */
  forget?(key: string): void
}
