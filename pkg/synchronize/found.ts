import type { Cloud, Metadata } from '../../api/v1alpha1/objects.ts'
import type { Informer } from '../kube/informer.ts'
import type { ResourceType } from '../kube/resource.ts'
import type { ConnectedCloud } from '../openstack/cloud-registry.ts'
import type { InventoryReader } from '../openstack/inventory.ts'
import type { SynchronizationPolicy } from './decide.ts'

/** An object that can stand for a thing that somebody else made in a cloud. */
export interface FoundObject {
  metadata: Metadata
  spec: {
    cloudRef: { name: string }
    source: { type: string; existing?: { id?: string | undefined; name?: string | undefined } | undefined }
  }
  status?: { id?: string | undefined } | undefined
}

/** What is particular to one kind of thing that is found in clouds: images, servers. */
export interface Found<O extends FoundObject, Item> {
  /** Lower case name in metrics and logs, and of the field manager behind `auxo-`: `image-synchronizer`. */
  readonly name: string
  readonly type: ResourceType<O>
  /** Has the indexes `cloud` (`namespace/cloud`), `cloudID` (`…/id`) and `wantedName` (`…/name`). */
  readonly objects: Informer<O>
  /** Managers of the operator's own; fields of anybody else are a user's. */
  readonly ourManagers: readonly string[]
  /** Name of an object whose thing has none that can be read: `image`. */
  readonly fallbackName: string
  policyOf(spec: Cloud['spec']): SynchronizationPolicy
  inventoryOf(cloud: ConnectedCloud): InventoryReader<Item>
  /** Its id and name, whether it can be used, whose it is, and the mark that it carries. */
  view(item: Item): {
    id: string
    name: string | undefined
    usable: boolean
    projectID: string | undefined
    mark: string | undefined
  }
  /** Whether the service itself still has it: before an object goes because its thing is gone. */
  exists(cloud: ConnectedCloud, id: string, signal: AbortSignal): Promise<boolean>
  /** Whether other objects need this one. */
  inUse(object: O): boolean
}
