import type { Image } from '../../api/v1alpha1/objects.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { ObservedInCloud } from './observed.ts'

/** What a step is carried out on. */
export interface Scene {
  image: Image
  observed: ObservedInCloud
  cloud: ConnectedCloud
  signal: AbortSignal
}
