import type { ReleaseFinalizer, Step } from '../kube/kind.ts'

/** Ask the service itself whether the thing is gone. */
export interface ProveAbsence extends Step {
  type: 'ProveAbsence'
}
/** A request that asks for the thing may still be on its way: look again when it cannot be any more. */
export interface AwaitLateRequest extends Step {
  type: 'AwaitLateRequest'
  milliseconds: number
}

/** What is known of a thing that is not to be seen; `Farewell` tells it. */
export interface ObservedAbsence {
  /** The service itself said that the thing is not there. */
  absenceProven: boolean
  /** Milliseconds for which a request that asks for it may still arrive. */
  lateMs: number
}

/** How an object is let go whose thing is not to be seen: only on proof that it is not there, and cannot come. */
export function planAbsence({
  absenceProven,
  lateMs,
}: ObservedAbsence): ProveAbsence | AwaitLateRequest | ReleaseFinalizer {
  if (lateMs > 0) return { type: 'AwaitLateRequest', milliseconds: lateMs }
  return absenceProven ? { type: 'ReleaseFinalizer' } : { type: 'ProveAbsence' }
}
