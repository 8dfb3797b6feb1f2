import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { lockIsOurs, lockReasonOf } from '../../pkg/cloud-objects/desktop-lock.ts'
import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import type { ObservedInCloud } from './observed.ts'
import { wait } from './plan.ts'
import { floatingIPChange } from './plan-floating-ip.ts'
import { planResize } from './plan-resize.ts'
import { volumeChange } from './plan-volumes.ts'
import { nextPowerAction } from './power.ts'
import type { DesktopStep } from './steps.ts'
import { metadataPatch, securityGroupChanges } from './wanted.ts'

/** What brings a server that is at rest to what spec says; `Rest` where it is so. Absent fields are not ours. Pure. */
export function planChanges(desktop: Desktop, server: NovaServer, observed: ObservedInCloud): DesktopStep {
  const change = neededChange(desktop, server, observed)
  if (change === undefined)
    return (
      planLock(desktop, server) ?? planResize(desktop, server, observed) ?? planObstacle(observed) ?? { type: 'Rest' }
    )
  if (!server.locked || !observed.lockedOut) return change
  // Our own lock keeps us out too, where the credential does not act through it: it is put back after the change.
  if (lockIsOurs(desktop, server)) return { type: 'Unlock', id: server.id }
  const why = server.locked_reason === undefined ? '' : ` ("${server.locked_reason}")`
  const message = `someone else locked the server${why}; what spec asks for waits for: openstack server unlock ${server.id}`
  return wait('LockedByOther', message)
}

function neededChange(desktop: Desktop, server: NovaServer, observed: ObservedInCloud): DesktopStep | undefined {
  const { spec, metadata } = desktop
  const { id } = server
  const action = spec.powerState && nextPowerAction(spec.powerState, server.vm_state)
  if (action !== undefined) return { type: 'ChangePower', id, action }
  const name = spec.serverName ?? (spec.source.type === 'Existing' ? server.name : metadata.name)
  if (name !== server.name) return { type: 'Rename', id, name }
  const { set, remove } = metadataPatch(desktop, server, observed.mark)
  if (Object.keys(set).length > 0 || remove.length > 0) return { type: 'ChangeMetadata', id, set, remove }
  const groups = securityGroupChanges(desktop, server)
  if (groups.add.length > 0 || groups.remove.length > 0) return { type: 'ChangeSecurityGroups', id, ...groups }
  return volumeChange(server, observed) ?? floatingIPChange(desktop, observed)
}

/** What cannot be carried out keeps nothing else from it, so it is told last. */
function planObstacle({ volumes }: ObservedInCloud): DesktopStep | undefined {
  const [obstacle] = volumes?.obstacles ?? []
  if (obstacle !== undefined) return wait(obstacle.reason, obstacle.message)
  const [arriving] = volumes?.arriving ?? []
  return arriving && wait('Updating', `volume ${arriving.volumeID} is being attached`, true)
}

/** The lock comes last, since it may keep us out of the rest. */
function planLock(desktop: Desktop, server: NovaServer): DesktopStep | undefined {
  const { lock } = desktop.spec
  if (lock === 'Unlocked' && server.locked) return { type: 'Unlock', id: server.id }
  if (lock !== 'Locked') return undefined
  const reason = lockReasonOf(desktop)
  if (!server.locked) return { type: 'Lock', id: server.id, reason }
  // Nova ignores a second lock by the owner, so another reason takes an unlocking first; a stranger's lock is left.
  return lockIsOurs(desktop, server) && server.locked_reason !== reason ? { type: 'Unlock', id: server.id } : undefined
}
