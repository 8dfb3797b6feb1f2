import type { Image } from '../../api/v1alpha1/objects.ts'
import type { Stall } from '../../pkg/cloud-objects/waits.ts'
import type { ObservedInCloud } from './observed.ts'

/**
 * The image was made in another project than the Cloud is connected to now. That it is not to be seen from here proves
 * nothing: it is neither made again nor taken for deleted.
 */
export function otherProject({ status }: Image, { projectID }: ObservedInCloud): Stall<'ProjectChanged'> | undefined {
  if (status?.owner === undefined || status.owner === projectID) return undefined
  const message = `the image is in project ${status.owner}, but the Cloud is connected to ${projectID}; connect it to the former project, or make a new Image`
  return { type: 'Stall', reason: 'ProjectChanged', message }
}
