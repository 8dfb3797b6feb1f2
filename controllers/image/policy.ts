import { SYNCHRONIZED_LABEL } from '../../api/v1alpha1/names.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'

/** What an Image's policies come to; absent fields of spec mean "not ours". */
export interface EffectivePolicy {
  /** The image is made by this object (source HTTP or Upload). */
  creates: boolean
  /** The operator may change the image in Glance. */
  manages: boolean
  /** The image is deleted from Glance together with this object. */
  deletes: boolean
}

/** Unmanaged and Retain for `Existing`, Managed and Delete otherwise, unless spec says so. */
export function effectivePolicy({ spec }: Pick<Image, 'spec'>): EffectivePolicy {
  const creates = spec.source.type !== 'Existing'
  const manages = (spec.managementPolicy ?? (creates ? 'Managed' : 'Unmanaged')) === 'Managed'
  const deletes = creates && manages && (spec.deletionPolicy ?? 'Delete') === 'Delete'
  return { creates, manages, deletes }
}

/** Whether the operator made the object for an image that it found. */
export function isSynchronized(image: Image): boolean {
  return image.metadata.labels?.[SYNCHRONIZED_LABEL] !== undefined
}

/** Enabled unless spec, or for a synchronised image its Cloud, says otherwise. */
export function effectiveEnablement(image: Image, initial: 'Enabled' | 'Disabled' | undefined): 'Enabled' | 'Disabled' {
  return image.spec.enablement ?? (isSynchronized(image) ? (initial ?? 'Enabled') : 'Enabled')
}
