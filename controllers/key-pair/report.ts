import type { KeyPairReason } from '../../api/v1alpha1/key-pair.ts'
import type { KeyPair } from '../../api/v1alpha1/objects.ts'
import { reportClosed } from '../../pkg/cloud-objects/closed.ts'
import { readinessOfFailure } from '../../pkg/cloud-objects/failures.ts'
import { readinessOfWait } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Readiness } from '../../pkg/kube/conditions.ts'
import type { Outcome, Report, StatusFields } from '../../pkg/kube/kind.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { isSameKey, newKeyPair } from './public-key.ts'
import type { KeyPairDecision } from './steps.ts'

/** Status and readiness of a KeyPair after a step. Pure. */
export function report(
  object: KeyPair,
  observed: Observed,
  step: KeyPairDecision,
  outcome: Outcome,
): Report<KeyPair> | undefined {
  const readiness = readinessOf(step, outcome)
  const before = statusFieldsOf(object)
  if (observed.state === 'Closed') return reportClosed(observed, readiness, before)
  return { readiness, status: { ...before, ...facts(object, observed) } }
}

/** The cloud could not be asked: what was known stays. */
export function reportUnobserved(object: KeyPair, failure: Failure): Report<KeyPair> {
  return { readiness: readinessOfFailure(failure), status: statusFieldsOf(object) }
}

function readinessOf(step: KeyPairDecision, outcome: Outcome): Readiness {
  if (outcome.type === 'Failed') return readinessOfFailure(outcome.failure)
  switch (step.type) {
    case 'Rest':
      return { state: 'Ready', reason: 'Available', message: 'the key pair is in Nova with this public key' }
    case 'AwaitCloud':
    case 'Await':
    case 'Stall':
      return readinessOfWait(step)
    case 'Create':
      return working('Creating', 'the key pair is being made in Nova')
    case 'AwaitLateRequest':
      return working(
        'Deleting',
        'a request for the key pair, of before a restart, may still reach Nova; waiting for its end',
      )
    default:
      return working('Deleting', 'the key pair is being deleted in Nova')
  }
}

const working = (reason: KeyPairReason, message: string): Readiness => ({ state: 'Reconciling', reason, message })

/** Nothing is said of a pair with another key, or one that another object holds: it is not this object's. */
function facts(object: KeyPair, { userID, pair, origin, takenBy, refresh }: ObservedInCloud): StatusFields<KeyPair> {
  const isOurs = pair !== undefined && takenBy === undefined && isSameKey(pair, newKeyPair(object))
  return {
    ...(userID === undefined ? {} : { userID }),
    ...(isOurs ? { name: pair.name, type: pair.type, fingerprint: pair.fingerprint, origin } : {}),
    ...(isOurs && pair.created_at !== undefined ? { createdTime: pair.created_at } : {}),
    ...(refresh === undefined ? {} : { refreshed: refresh }),
  }
}
