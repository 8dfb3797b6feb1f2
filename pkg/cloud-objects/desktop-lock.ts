import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { NovaServer } from '../openstack/nova-server.ts'

/** The reason to lock with: spec's, or one that names the object. At most 255 characters. */
export function lockReasonOf(desktop: Desktop): string {
  return desktop.spec.lockReason ?? ownReason(desktop)
}

/** Whether a lock is ours: by its reason, which is all that Nova tells of a lock. */
export function lockIsOurs(desktop: Desktop, { locked, locked_reason }: NovaServer): boolean {
  return locked && [lockReasonOf(desktop), ownReason(desktop)].includes(locked_reason ?? '')
}

function ownReason({ metadata }: Desktop): string {
  return `Desktop ${metadata.namespace}/${metadata.name}`.slice(0, 255)
}
