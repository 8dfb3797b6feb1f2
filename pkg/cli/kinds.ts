import { CLOUD, DESKTOP, DESKTOP_RESIZE, IMAGE, PROJECT_QUOTA } from '../../api/v1alpha1/names.ts'
import type { Cloud, Desktop, DesktopResize, Image, ProjectQuota } from '../../api/v1alpha1/objects.ts'
import type { Condition, KubeObject, ResourceType } from '../kube/resource.ts'

export type { Desktop, DesktopResize, Image, ProjectQuota }

/** Any kind of ours, as far as its readiness goes. */
export interface AnyObject extends KubeObject {
  status?: { conditions?: Condition[] | undefined; observedGeneration?: number | undefined }
}

export const images: ResourceType<Image> = IMAGE
export const clouds: ResourceType<Cloud> = CLOUD
export const desktops: ResourceType<Desktop> = DESKTOP
export const desktopResizes: ResourceType<DesktopResize> = DESKTOP_RESIZE
export const projectQuotas: ResourceType<ProjectQuota> = PROJECT_QUOTA
