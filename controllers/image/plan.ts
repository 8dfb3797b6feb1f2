import type { Image } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import { asFailure } from '../../pkg/failure/failure.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import { imageIdFor } from '../../pkg/openstack/mark.ts'
import { importingMessage, importMethod } from './import-method.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { otherProject } from './other-project.ts'
import { planBytes, planSaving } from './plan-bytes.ts'
import { planDeletion } from './plan-deletion.ts'
import { planDownload, planStaged, planStaging, sentUnseen, unprovable } from './plan-import.ts'
import { proveData } from './proof.ts'
import { type Create, discard, type ImageDecision, type ImageStep, type Update } from './steps.ts'
import { isUnchecked } from './unchecked.ts'
import { neededPatch } from './wanted.ts'

/** Exactly one next step. Pure. */
export function plan(image: Image, observed: Observed): ImageDecision {
  if (image.metadata.deletionTimestamp !== undefined) return planDeletion(image, observed)
  if (observed.state === 'Closed') return awaitCloud(observed)
  if (observed.takenBy !== undefined) {
    const message = `Image "${observed.takenBy}" holds the same Glance image; delete one of the two objects`
    return { type: 'Stall', reason: 'ImageTaken', message }
  }
  const { creates, manages } = effectivePolicy(image)
  return creates && manages ? planCreated(image, observed) : planFound(image, observed, manages)
}

/** An image that is there by itself: found, watched, and changed only where a user made it Managed. */
function planFound(image: Image, observed: ObservedInCloud, manages: boolean): ImageStep {
  const { image: found, matches } = observed
  const { existing } = image.spec.source
  if (matches > 1) {
    const message = `${matches} images are called "${existing?.name}"; use existing.id, or rename all but one`
    return { type: 'Stall', reason: 'ImageAmbiguous', message }
  }
  if (found === undefined) return image.status?.id === undefined ? notFound(image) : gone(image.status.id)
  if (found.status === 'deactivated') return deactivated(found)
  if (found.status !== 'active') {
    const message = `the image is ${found.status} in Glance; it can be used when it is active`
    return { type: 'Await', reason: 'NotActive', message, hurry: false }
  }
  return manages ? planFields(image, found, observed.mark) : { type: 'Rest' }
}

/** An image of our own making. */
function planCreated(image: Image, observed: ObservedInCloud): ImageStep {
  const { image: found } = observed
  if (found === undefined)
    return otherProject(image, observed) ?? rejected(image, observed) ?? nextAttempt(image, observed)
  const staged = importMethod(image) === 'glance-direct'
  switch (found.status) {
    case 'queued':
      return planQueued(image, found, observed)
    case 'uploading':
      return staged ? planStaged(found, observed) : planSaving(found, observed)
    case 'saving':
      return planSaving(found, observed)
    case 'importing':
      if (staged && observed.importFailure !== undefined) return planStaged(found, observed)
      return { type: 'Await', reason: 'Importing', message: importingMessage(image), hurry: true }
    case 'active':
      return planActive(image, found, observed)
    case 'deactivated':
      return deactivated(found)
    default:
      return discard(found.id, 'ImageGone', 'AtOnce', `the image is ${found.status} in Glance and cannot be used`)
  }
}

function planQueued(image: Image, found: GlanceImage, observed: ObservedInCloud): ImageStep {
  switch (importMethod(image)) {
    case 'web-download':
      return planDownload(image, found, observed)
    case 'glance-direct':
      return planStaging(found, observed)
    case undefined:
      return planBytes(found, observed)
  }
}

/** The id belongs to the attempt; a used-up id (of a deleted image) asks for the next one. */
export function nextAttempt({ status }: Image, { idUsedUp, mark }: ObservedInCloud): Create {
  const last = status?.attempt ?? 1
  const attempt = status?.state !== undefined || idUsedUp ? last + 1 : last
  return { type: 'Create', attempt, id: imageIdFor(mark, attempt) }
}

function planActive(image: Image, found: GlanceImage, observed: ObservedInCloud): ImageStep {
  const proof = proveData(image, found, observed.transfer)
  const unchecked = isUnchecked(found)
  const method = importMethod(image)
  if (proof.state === 'Wrong') {
    // What Glance fetched by itself is the file as it is: fetching it again would end the same way.
    const final = unchecked && method === 'web-download'
    const message = `the data in Glance hashes to ${proof.found}, expected ${proof.expected}; the image was deleted${final ? '; correct the file or make a new Image' : ' and is made anew'}`
    return discard(found.id, 'ChecksumMismatch', final ? 'OnRefresh' : 'Later', message)
  }
  if (proof.state === 'Unprovable' && unchecked) return unprovable(proof.algorithm, proof.offered)
  if (proof.state === 'Untold' && unchecked && method === 'glance-direct') return sentUnseen(found.id)
  return planFields(image, found, observed.mark)
}

function planFields(image: Image, found: GlanceImage, mark: string): ImageStep {
  try {
    const patch = neededPatch(image, found, mark)
    return patch.length === 0 ? { type: 'Rest' } : ({ type: 'Update', id: found.id, patch } satisfies Update)
  } catch (error) {
    return { type: 'Stall', reason: 'InvalidSpec', message: asFailure(error).message }
  }
}

function notFound({ spec, metadata }: Image): ImageStep {
  const { existing } = spec.source
  const what = existing?.id ? `id ${existing.id}` : `the name "${existing?.name ?? metadata.name}"`
  const message = `no image with ${what} is visible to the project; waiting for it to appear`
  return { type: 'Await', reason: 'ImageNotFound', message, hurry: false }
}

function gone(id: string): ImageStep {
  const message = `image ${id} was in Glance and is no longer; delete this object, or make the image again`
  return { type: 'Await', reason: 'ImageGone', message, hurry: false }
}

function deactivated({ id }: GlanceImage): ImageStep {
  const message = `an administrator deactivated the image; ask for it, or run: openstack image set --activate ${id}`
  return { type: 'Await', reason: 'ImageDeactivated', message, hurry: false }
}

/** What was found wrong for good and deleted is not made again by itself; a changed refresh annotation asks for it. */
function rejected({ metadata, status }: Image, { refresh }: ObservedInCloud): ImageStep | undefined {
  const stalled = status?.conditions?.find(({ type, reason }) => type === 'Stalled' && reason === 'ChecksumMismatch')
  if (stalled === undefined || refresh !== undefined || stalled.observedGeneration !== metadata.generation)
    return undefined
  return { type: 'Stall', reason: 'ChecksumMismatch', message: stalled.message }
}
