import { CLOUD, IMAGE } from '../../api/v1alpha1/names.ts'
import type { Cloud, Image } from '../../api/v1alpha1/objects.ts'
import type { Condition, KubeObject, ResourceType } from '../kube/resource.ts'

export type { Image }

/** Any kind of ours, as far as its readiness goes. */
export interface AnyObject extends KubeObject {
  status?: { conditions?: Condition[]; observedGeneration?: number }
}

export const images: ResourceType<Image> = IMAGE
export const clouds: ResourceType<Cloud> = CLOUD
