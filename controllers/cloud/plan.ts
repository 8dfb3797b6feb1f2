import type { CloudReason } from '../../api/v1alpha1/cloud.ts'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'
import type { ObservedCloud } from './observed.ts'

export type CloudStep =
  | ({ type: 'Await' | 'Stall'; reason: CloudReason; message: string } & Step)
  | { type: 'AwaitHealth'; failure: Failure }
  | { type: 'Connect' }
  /** Let go of a connection whose credentials are gone. */
  | { type: 'Disconnect' }
  | { type: 'ReadFacts' }
  /** A user asks for a fresh look at everything. */
  | { type: 'Refresh' }
  | { type: 'Rest' }

/** Exactly one next step. Pure. A Cloud that is being deleted works on until nothing refers to it. */
export function plan(cloud: Cloud, observed: ObservedCloud): CloudStep | ReleaseFinalizer {
  const deleting = cloud.metadata.deletionTimestamp !== undefined
  if (deleting && observed.referrers.length === 0) {
    return observed.connection ? { type: 'Disconnect' } : { type: 'ReleaseFinalizer' }
  }
  const step = planConnection(observed, deleting)
  return deleting && step.type === 'Rest' ? inUse(observed.referrers) : step
}

function planConnection(observed: ObservedCloud, deleting: boolean): CloudStep {
  const { credentials, connection, rejection, projectTakenBy, refreshDue } = observed
  // A namespace that goes takes its Secrets first: what is connected stays so until the last object is seen to.
  const lastWork = deleting && connection !== undefined
  if (credentials.state !== 'Present' && !lastWork) {
    if (connection) return { type: 'Disconnect' }
    return credentials.state === 'Missing'
      ? { type: 'Await', reason: 'CredentialsMissing', message: credentials.message }
      : { type: 'Stall', reason: 'CredentialsInvalid', message: credentials.message }
  }
  if (refreshDue && !deleting) return { type: 'Refresh' }
  if (!connection?.current && !lastWork)
    return rejection ? { type: 'AwaitHealth', failure: rejection } : { type: 'Connect' }
  if (projectTakenBy !== undefined) {
    const message = `Cloud "${projectTakenBy}" of this namespace has the same project; delete one of the two`
    return { type: 'Stall', reason: 'ProjectTaken', message }
  }
  if (connection?.failure) return { type: 'AwaitHealth', failure: connection.failure }
  return connection?.factsDue ? { type: 'ReadFacts' } : { type: 'Rest' }
}

function inUse(referrers: readonly string[]): CloudStep {
  const some = referrers.slice(0, 3).join(', ')
  const more = referrers.length > 3 ? ` and ${referrers.length - 3} more` : ''
  const message = `${some}${more} refer to this Cloud; it stays until they are deleted`
  return { type: 'Await', reason: 'InUse', message }
}
