import type { Readiness } from '../kube/conditions.ts'
import type { Report, StatusFields, StatusObject } from '../kube/kind.ts'
import type { CloudAccess } from '../openstack/cloud-access.ts'

/** The cloud cannot be asked: the same for all its objects. */
export type ObservedClosed = Extract<CloudAccess, { state: 'Closed' }>

/** What an object says while its cloud cannot be asked: what was known stays, and a process that just began is silent. */
export function reportClosed<O extends StatusObject>(
  { status }: O,
  { starting }: ObservedClosed,
  readiness: Readiness,
  known: StatusFields<O>,
): Report<O> | undefined {
  return starting && status?.conditions !== undefined ? undefined : { readiness, status: known }
}
