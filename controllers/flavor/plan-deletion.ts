import type { Flavor } from '../../api/v1alpha1/objects.ts'
import { planAbsence } from '../../pkg/cloud-objects/absence.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import type { Observed } from './observed.ts'
import type { FlavorDecision } from './steps.ts'

/** The next step of an object that is being deleted: the finalizer goes only on proof that nothing of ours is left. */
export function planDeletion(flavor: Flavor, observed: Observed): FlavorDecision {
  const { deletes } = effectivePolicy(flavor)
  if (!deletes) return release
  if (observed.state === 'Closed') {
    if (observed.reason === 'CloudNotFound' && flavor.status?.id === undefined) return release
    return awaitCloud(observed, '; the flavor cannot be deleted in Nova until then (or set deletionPolicy: Retain)')
  }
  if (observed.usedBy.length > 0) {
    const message = `used by ${observed.usedBy.join(', ')}; delete these first, or set deletionPolicy: Retain`
    return { type: 'Await', reason: 'FlavorInUse', message, hurry: false }
  }
  if (observed.flavor !== undefined) return { type: 'Delete', id: observed.flavor.id }
  return planAbsence(observed)
}

const release = { type: 'ReleaseFinalizer' } as const
