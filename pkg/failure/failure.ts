/**
 * What a failure means for the work that met it. The class, never the status code alone, decides whether and when
 * the work is tried again (see docs/design.md, "Failures").
 */
export type FailureClass =
  /** Only a changed spec, Secret or dependency can help: the object is stalled until then. */
  | 'InvalidSpec'
  /** Something else must happen first; whoever sees it happen wakes the object. */
  | 'Waiting'
  /** A limit of the project or of a store is reached. Tried again slowly: limits are raised and space is freed. */
  | 'Quota'
  /** The credential is refused. All objects of that credential wait together; none gives up. */
  | 'Auth'
  /** The other side asked for patience (`retryAfterSeconds`). */
  | 'Throttled'
  /** Not reachable, overloaded, or broken on the other side. Heals by itself. */
  | 'Unavailable'
  /** Somebody changed the same thing meanwhile: look again, at once. */
  | 'Conflict'
  /** It is not there. Never to be confused with "could not be asked". */
  | 'NotFound'
  /** The operation is refused in this state or by policy (a protected image, for one); waiting may help, haste does not. */
  | 'Refused'
  /** It cannot be told whether a call that must not be repeated had its effect: stop and say so. */
  | 'UnknownOutcome'
  /** A defect of our own. Tried again with growing pauses, and logged with its stack. */
  | 'Internal'

/** What every failure carries beside its message. */
export interface FailureDetails {
  /** What the failure means for the work; decides the retry. */
  class: FailureClass
  /** Stable CamelCase code, usable as a condition's reason: `ImageProtected`, `ConnectionRefused`. */
  code: string
  /** HTTP status, where there was one. */
  status?: number | undefined
  /** Request id that the other side gave, for its logs. */
  requestId?: string | undefined
  /** Seconds that the other side asked us to wait. */
  retryAfterSeconds?: number | undefined
  /** The error underneath. */
  cause?: unknown
}

/**
 * An error that knows what it means. Each outside system has one subclass (`KubeError`, `OpenStackError`,
 * `TransferError`). The message is one sentence for a person: what is wrong, where, what to do; never a secret.
 */
export class Failure extends Error {
  readonly class: FailureClass
  readonly code: string
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, details: FailureDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.class = details.class
    this.code = details.code
    this.status = details.status
    this.requestId = details.requestId
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

/** Any thrown value as a `Failure`: what is not one already is a defect of our own (`Internal`). */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new Failure(`internal error: ${message}`, { class: 'Internal', code: 'InternalError', cause: error })
}
