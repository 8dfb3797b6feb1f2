import type { Readiness } from '../kube/conditions.ts'
import type { Outcome, Report, StatusFields, StatusObject } from '../kube/kind.ts'
import type { CloudAccess } from '../openstack/cloud-access.ts'

/** The cloud cannot be asked: the same for all its objects. */
export type ObservedClosed = Extract<CloudAccess, { state: 'Closed' }>

/** What an object says while its cloud cannot be asked: what was known stays, and a process that just began is silent. */
export function reportClosed<O extends StatusObject>(
  { starting }: ObservedClosed,
  readiness: Readiness,
  known: StatusFields<O>,
): Report<O> | undefined {
  return starting ? undefined : { readiness, status: known }
}

/** Seconds after which an object looks again by itself whether this process knows its cloud now: a net. */
const STARTING_SECONDS = 15

/** Carries out the only step that there is while the cloud cannot be asked: to wait for it. */
export function settleClosed({ starting }: ObservedClosed): Outcome {
  return starting ? { type: 'Waiting', afterSeconds: STARTING_SECONDS } : { type: 'Settled' }
}
