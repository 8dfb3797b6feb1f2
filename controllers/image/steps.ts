import type { ImageReason } from '../../api/v1alpha1/image.ts'
import type { Rest, Wait } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'
import type { ImagePatchOperation } from '../../pkg/openstack/patch.ts'

/** Register the image under the id that belongs to this attempt; the attempt is on record before. */
export interface Create extends Step {
  type: 'Create'
  attempt: number
  id: string
}
/** Begin to move bytes into the queued image, beside the workers. */
export interface StartTransfer extends Step {
  type: 'StartTransfer'
  id: string
}
export interface AwaitTransfer extends Step {
  type: 'AwaitTransfer'
}
/** The transfer failed. Where waiting can help it is forgotten, so that the next look begins anew. */
export interface EndTransfer extends Step {
  type: 'EndTransfer'
  failure: Failure
}
export interface StopTransfer extends Step {
  type: 'StopTransfer'
}
/** Tell Glance to download by itself, or to import what was sent to its staging area. */
export interface StartImport extends Step {
  type: 'StartImport'
  id: string
}
/** Glance's download failed; the image can take another. */
export interface EndImport extends Step {
  type: 'EndImport'
  id: string
  failure: Failure
}
/** Delete an image of ours whose data is wrong or was given up. */
export interface Discard extends Step {
  type: 'Discard'
  id: string
  reason: ImageReason
  message: string
  /** A new attempt follows at once, or after a pause, or only when somebody asks for it. */
  next: 'AtOnce' | 'Later' | 'OnRefresh'
}
export interface Update extends Step {
  type: 'Update'
  id: string
  patch: ImagePatchOperation[]
}
export interface Delete extends Step {
  type: 'Delete'
  id: string
}
/** Ask Glance itself whether the recorded image is gone. */
export interface ProveAbsence extends Step {
  type: 'ProveAbsence'
  id: string
}

export type ImageStep =
  | Wait<ImageReason>
  | Create
  | StartTransfer
  | AwaitTransfer
  | EndTransfer
  | StopTransfer
  | StartImport
  | EndImport
  | Discard
  | Update
  | Delete
  | ProveAbsence
  | Rest

export type ImageDecision = ImageStep | ReleaseFinalizer

export function discard(id: string, reason: ImageReason, next: Discard['next'], message: string): Discard {
  return { type: 'Discard', id, reason, next, message }
}
