import type { CommonReason } from '../../api/v1alpha1/reasons.ts'
import type { Failure, FailureClass } from '../failure/failure.ts'
import type { Readiness } from '../kube/conditions.ts'

/** The documented reason for a failure of which nothing more is known than its class; every kind has all of them. */
export const reasonOfClass = {
  InvalidSpec: 'InvalidSpec',
  Waiting: 'Pending',
  Quota: 'QuotaExceeded',
  Auth: 'CredentialsRejected',
  Throttled: 'CloudUnavailable',
  Unavailable: 'CloudUnavailable',
  Conflict: 'Conflict',
  NotFound: 'CloudUnavailable',
  Refused: 'Refused',
  UnknownOutcome: 'OutcomeUnknown',
  Internal: 'Failed',
} as const satisfies Record<FailureClass, CommonReason>

/** What a failure says of its object: stalled only where nothing heals by itself. */
export function readinessOfFailure(
  failure: Failure,
  reason: string = reasonOfClass[failure.class],
  message = failure.message,
): Readiness {
  const stalled = failure.class === 'InvalidSpec' || failure.class === 'UnknownOutcome'
  return { state: stalled ? 'Stalled' : 'Reconciling', reason, message }
}
