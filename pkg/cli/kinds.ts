import type { CloudSpec, CloudStatus } from '../../api/v1alpha1/cloud.ts'
import type { ImageSpec, ImageStatus } from '../../api/v1alpha1/image.ts'
import { CLOUD, IMAGE } from '../../api/v1alpha1/names.ts'
import type { Condition, KubeObject, ResourceType } from '../kube/resource.ts'

export interface Image extends KubeObject {
  spec: ImageSpec
  status?: ImageStatus
}

export interface Cloud extends KubeObject {
  spec: CloudSpec
  status?: CloudStatus
}

/** Any kind of ours, as far as its readiness goes. */
export interface AnyObject extends KubeObject {
  status?: { conditions?: Condition[]; observedGeneration?: number }
}

export const images: ResourceType<Image> = IMAGE
export const clouds: ResourceType<Cloud> = CLOUD
