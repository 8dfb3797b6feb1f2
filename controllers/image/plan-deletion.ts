import type { Image } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import { imageIdFor } from '../../pkg/openstack/mark.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { otherProject } from './other-project.ts'
import type { ImageDecision } from './steps.ts'

/** The next step of an object that is being deleted: the finalizer goes only on proof that nothing of ours is left. */
export function planDeletion(image: Image, observed: Observed): ImageDecision {
  const { creates, deletes } = effectivePolicy(image)
  if (observed.state === 'Closed') {
    if (!deletes || (observed.reason === 'CloudNotFound' && image.status?.attempt === undefined)) return release
    return awaitCloud(observed, '; the image cannot be deleted in Glance until then (or set deletionPolicy: Retain)')
  }
  const moving = observed.transfer?.state === 'Queued' || observed.transfer?.state === 'Running'
  if (creates && moving) return { type: 'StopTransfer' }
  if (!deletes) return release
  if (observed.usedBy.length > 0) {
    const message = `used by ${observed.usedBy.join(', ')}; delete these first, or set deletionPolicy: Retain`
    return { type: 'Await', reason: 'ImageInUse', message, hurry: false }
  }
  return observed.image === undefined ? planAbsent(image, observed) : planPresent(image, observed.image)
}

const release = { type: 'ReleaseFinalizer' } as const

function planPresent({ spec }: Image, found: NonNullable<ObservedInCloud['image']>): ImageDecision {
  if (!found.protected) return { type: 'Delete', id: found.id }
  if (spec.protection === 'Unprotected') {
    return { type: 'Update', id: found.id, patch: [{ op: 'replace', path: '/protected', value: false }] }
  }
  const message = 'the image is protected in Glance; set protection: Unprotected, or deletionPolicy: Retain'
  return { type: 'Await', reason: 'ImageProtected', message, hurry: false }
}

/**
 * An id that was announced but never seen may belong to a request that is still under way (sent by a process that was
 * killed). It is taken by making the image and deleting it: Glance then refuses the late request for ever.
 */
function planAbsent(image: Image, observed: ObservedInCloud): ImageDecision {
  const { status } = image
  const { absenceProven, idUsedUp, mark } = observed
  const elsewhere = otherProject(image, observed)
  if (elsewhere !== undefined) return elsewhere
  if (status?.attempt === undefined) return release
  const id = status.id ?? imageIdFor(mark, status.attempt)
  if (absenceProven) return release
  if (status.state === undefined && !idUsedUp) return { type: 'Create', attempt: status.attempt, id }
  return { type: 'ProveAbsence', id }
}
