import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { ObservedInCloud } from './observed.ts'

/** Where an effect takes place. */
export interface Scene {
  desktop: Desktop
  observed: ObservedInCloud
  cloud: ConnectedCloud
  signal: AbortSignal
}
