import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { wait } from './plan.ts'
import { floatingIPLeftover } from './plan-floating-ip.ts'
import { otherProject } from './plan-launch.ts'
import type { DesktopDecision } from './steps.ts'

const release = { type: 'ReleaseFinalizer' } as const

/** The next step of an object that is being deleted: the finalizer goes only on proof that nothing of ours is left. */
export function planDeletion(desktop: Desktop, observed: Observed): DesktopDecision {
  const { deletes } = effectivePolicy(desktop)
  const operation = desktop.status?.activeOperation
  if (observed.state === 'Closed') {
    const nothingMade = observed.reason === 'CloudNotFound' && desktop.status?.creation === undefined
    if ((!deletes || nothingMade) && operation === undefined) return release
    return awaitCloud(observed, '; the server cannot be deleted in Nova until then (or set deletionPolicy: Retain)')
  }
  if (operation !== undefined) {
    return wait('Resizing', `${operation.kind} "${operation.name}" has the server and is coming to a safe end first`)
  }
  if (!deletes) return release
  return planRemoval(desktop, observed)
}

function planRemoval(desktop: Desktop, observed: ObservedInCloud): DesktopDecision {
  const { server, launch, ownFlavors } = observed
  if (server !== undefined) {
    if (server.task_state === 'deleting') return wait('Deleting', 'Nova is deleting the server', true)
    return { type: 'Delete', id: server.id }
  }
  const elsewhere = otherProject(desktop, observed)
  if (elsewhere !== undefined) return elsewhere
  if (launch.state === 'Accepted')
    return wait('Deleting', 'the server is being made; it is deleted when it appears', true)
  if (launch.state === 'Unknown') return { type: 'AwaitAnswer', seconds: launch.seconds }
  if (launch.state === 'Over') return { type: 'FindLaunched' }
  const leftover = floatingIPLeftover(observed)
  if (leftover !== undefined) return leftover
  return ownFlavors.length > 0 ? { type: 'DeleteFlavors', ids: ownFlavors } : release
}
