import type { ObservedClosed } from '../../pkg/cloud-objects/closed.ts'
import type { NewFlavor } from '../../pkg/openstack/flavor-service.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import type { TemplateWait } from './steps.ts'

/** What is known when the cloud can be asked. */
export interface ObservedInCloud {
  state: 'Ready'
  /** Id in Glance of the image that is meant, or why there is none (yet). */
  image: { id: string; minDisk: number; minMemory: number } | TemplateWait
  /** The flavor that is meant, or why there is none (yet); undefined where it has to be made first. */
  flavor: NovaFlavor | TemplateWait | undefined
  /** The flavor that the template has for itself; undefined where spec refers to one. */
  ownFlavor: NewFlavor | undefined
  /** Ids of flavors in Nova that were made for this template and that nobody needs any more. */
  leftovers: readonly string[]
  /** Names of the Desktops that are not made yet and need the template. */
  usedBy: readonly string[]
}

export type Observed = ObservedInCloud | ObservedClosed
