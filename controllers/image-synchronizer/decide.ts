import type { CloudSpec } from '../../api/v1alpha1/cloud.ts'
import { SYNCHRONIZED_LABEL } from '../../api/v1alpha1/names.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'

/** What is known of one Glance image and the objects that hold it. */
export interface SynchronizationView {
  policy: NonNullable<NonNullable<CloudSpec['synchronize']>['images']>['policy']
  cloudName: string
  projectID: string
  /** The image, or undefined where Glance has it no more. */
  image: GlanceImage | undefined
  /** Image objects of the namespace that hold it, by id or by our mark. */
  holders: readonly Image[]
}

export type SynchronizationStep =
  | { type: 'Make' }
  /** Delete an object of ours, unless a user set fields on it or something uses it. */
  | { type: 'Withdraw'; object: Image; because: 'Taken' | 'Gone' }
  | { type: 'Nothing' }

/**
 * What to do for one image. Pure. A user's own object for the image wins; an object goes with its image; turning
 * synchronisation off, or narrowing it, removes nothing.
 */
export function decide({ policy, cloudName, projectID, image, holders }: SynchronizationView): SynchronizationStep {
  const living = holders.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const ours = living.find((object) => isOurs(object, cloudName))
  const users = living.some((object) => !isOurs(object, cloudName))
  if (ours !== undefined && users) return { type: 'Withdraw', object: ours, because: 'Taken' }
  if (ours !== undefined && image === undefined) return { type: 'Withdraw', object: ours, because: 'Gone' }
  if (living.length > 0 || image?.status !== 'active' || policy === 'None') return { type: 'Nothing' }
  return policy === 'All' || image.owner === projectID ? { type: 'Make' } : { type: 'Nothing' }
}

function isOurs({ metadata }: Image, cloudName: string): boolean {
  return metadata.labels?.[SYNCHRONIZED_LABEL] === cloudName
}
