import type { Image } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import { asFailure } from '../../pkg/failure/failure.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import { imageIdFor } from '../../pkg/openstack/mark.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { otherProject } from './other-project.ts'
import { planDeletion } from './plan-deletion.ts'
import { proveData } from './proof.ts'
import type { Create, Discard, ImageDecision, ImageStep, Update } from './steps.ts'
import { neededPatch, uncheckedKey, viaGlance } from './wanted.ts'

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
  switch (found.status) {
    case 'queued':
      return viaGlance(image) ? planImport(image, found, observed) : planBytes(found, observed)
    case 'saving':
    case 'uploading':
      return planSaving(found, observed)
    case 'importing':
      return { type: 'Await', reason: 'Importing', message: 'Glance is downloading the image', hurry: true }
    case 'active':
      return planActive(image, found, observed)
    case 'deactivated':
      return deactivated(found)
    default:
      return discard(found.id, 'ImageGone', 'AtOnce', `the image is ${found.status} in Glance and cannot be used`)
  }
}

/** The id belongs to the attempt; a used-up id (of a deleted image) asks for the next one. */
export function nextAttempt({ status }: Image, { idUsedUp, mark }: ObservedInCloud): Create {
  const last = status?.attempt ?? 1
  const attempt = status?.state !== undefined || idUsedUp ? last + 1 : last
  return { type: 'Create', attempt, id: imageIdFor(mark, attempt) }
}

function planBytes(found: GlanceImage, { transfer, refresh, begunAnew }: ObservedInCloud): ImageStep {
  // Whoever asks for a fresh look, or sends other bytes, wants what failed to be tried again.
  if (transfer?.state === 'Failed' && (refresh !== undefined || begunAnew))
    return { type: 'StartTransfer', id: found.id }
  switch (transfer?.state) {
    case undefined:
      return { type: 'StartTransfer', id: found.id }
    case 'Failed':
      return { type: 'EndTransfer', failure: transfer.failure }
    case 'Succeeded':
      return { type: 'Await', reason: 'Verifying', message: 'all bytes are sent; Glance is finishing', hurry: true }
    case 'Queued':
    case 'Running':
      return { type: 'AwaitTransfer' }
  }
}

function planSaving(found: GlanceImage, observed: ObservedInCloud): ImageStep {
  const { transfer, abandoned } = observed
  if (transfer !== undefined && transfer.state !== 'Failed') return planBytes(found, observed)
  if (abandoned) {
    return discard(
      found.id,
      'Transferring',
      'AtOnce',
      'Glance has waited too long for bytes that nobody sends any more',
    )
  }
  const message = 'an upload that nobody sends any more is being given up by Glance; then it begins anew'
  return { type: 'Await', reason: 'Transferring', message, hurry: true }
}

function planImport(image: Image, found: GlanceImage, observed: ObservedInCloud): ImageStep {
  const { importFailure, importRunning, hashAlgorithm } = observed
  const algorithm = image.spec.source.http?.checksum?.algorithm
  // MD5 is proved by Glance's own `checksum`, whatever the cloud hashes with beside it.
  if (algorithm !== undefined && algorithm !== 'MD5' && hashAlgorithm !== undefined) {
    if (hashAlgorithm !== algorithm.toLowerCase()) return unprovable(algorithm, hashAlgorithm)
  }
  if (importFailure !== undefined) return { type: 'EndImport', id: found.id, failure: importFailure }
  if (importRunning) return { type: 'Await', reason: 'Importing', message: 'Glance is about to download', hurry: true }
  return { type: 'StartImport', id: found.id }
}

function planActive(image: Image, found: GlanceImage, observed: ObservedInCloud): ImageStep {
  const proof = proveData(image, found, observed.transfer)
  if (proof.state === 'Wrong') {
    const unchecked = found.properties[uncheckedKey] !== undefined
    const message = `the data in Glance hashes to ${proof.found}, expected ${proof.expected}; the image was deleted${unchecked ? '; correct the file or make a new Image' : ' and is made anew'}`
    // What Glance fetched by itself is the file as it is: fetching it again would end the same way.
    return discard(found.id, 'ChecksumMismatch', unchecked ? 'OnRefresh' : 'Later', message)
  }
  if (proof.state === 'Unprovable' && found.properties[uncheckedKey] !== undefined) {
    return unprovable(proof.algorithm, proof.offered)
  }
  return planFields(image, found, observed.mark)
}

function unprovable(algorithm: string, offered: string): ImageStep {
  const message = `the cloud hashes with ${offered}, which cannot prove a ${algorithm} checksum; use via: Operator in a new Image`
  return { type: 'Stall', reason: 'ChecksumUnprovable', message }
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

function discard(
  id: string,
  reason: 'ImageGone' | 'Transferring' | 'ChecksumMismatch',
  next: Discard['next'],
  message: string,
): ImageStep {
  return { type: 'Discard', id, reason, next, message }
}

/** What was found wrong for good and deleted is not made again by itself; a changed refresh annotation asks for it. */
function rejected({ metadata, status }: Image, { refresh }: ObservedInCloud): ImageStep | undefined {
  const stalled = status?.conditions?.find(({ type, reason }) => type === 'Stalled' && reason === 'ChecksumMismatch')
  if (stalled === undefined || refresh !== undefined || stalled.observedGeneration !== metadata.generation)
    return undefined
  return { type: 'Stall', reason: 'ChecksumMismatch', message: stalled.message }
}
