import type { CloudServices } from './cloud-services.ts'
import { createFlavorInventory } from './flavor-inventory.ts'
import type { GlanceImage } from './glance-image.ts'
import { createImageInventory } from './image-inventory.ts'
import type { InventoryReader } from './inventory.ts'
import { type KeyPairInventories, UsersKeyPairs } from './key-pair-inventory.ts'
import { LazyInventory, type LazyInventoryReader } from './lazy-inventory.ts'
import type { NovaFlavor } from './nova-flavor.ts'
import type { NovaServer } from './nova-server.ts'
import { createServerInventory } from './server-inventory.ts'

/** What there is in a cloud, by kind. The lazy ones list only while somebody needs them. */
export interface CloudInventories {
  imageInventory: InventoryReader<GlanceImage>
  serverInventory: LazyInventoryReader<NovaServer>
  flavorInventory: LazyInventoryReader<NovaFlavor>
  keyPairInventories: KeyPairInventories
  /** A full look at everything that somebody needs. Rejects with what a look failed with. */
  refreshAll(): Promise<void>
}

/** Which images the inventory holds: the project's (also for policy None: ours are among them), or all visible. */
export interface ImageInventoryScope extends LookInterval {
  policy?: 'None' | 'Project' | 'All'
}

export interface LookInterval {
  /** Seconds between two looks for changes at rest; a full list every ten. Default 60. */
  intervalSeconds?: number | undefined
}

/** Looks of kinds that have no increments: a full list every ten minutes at rest, seldomer rather than oftener. */
const fullOnly = { intervalSeconds: 667 }

/** Building takes long enough for looks to become rare, and one look serves all who wait: the last second counts. */
const builds = { hurriedMs: [300, 1_000] } as const

/** Makes the inventories of a cloud; `run` keeps those that are needed until the signal is aborted. */
export function createInventories(
  { images, servers, flavors, keyPairs }: CloudServices,
  scope: { projectID: string; images?: ImageInventoryScope | undefined; servers?: LookInterval | undefined },
): { readers: CloudInventories; run(signal: AbortSignal): Promise<void> } {
  const { policy = 'Project', intervalSeconds = 60 } = scope.images ?? {}
  const ofServers = { ...builds, intervalSeconds: scope.servers?.intervalSeconds ?? 60 }
  const owner = policy === 'All' ? undefined : scope.projectID
  const imageInventory = createImageInventory(images, { owner, intervalSeconds })
  const serverInventory = new LazyInventory(createServerInventory(servers, ofServers))
  const flavorInventory = new LazyInventory(createFlavorInventory(flavors, fullOnly))
  const keyPairInventories = new UsersKeyPairs(keyPairs, fullOnly)
  return {
    readers: {
      ...{ imageInventory, serverInventory, flavorInventory, keyPairInventories },
      async refreshAll() {
        // One that has not listed yet begins with a full look anyway.
        const listed = [serverInventory, flavorInventory].filter(({ synced }) => synced)
        const looks = [imageInventory, ...listed].map((inventory) => inventory.refresh({ full: true }))
        await Promise.all([...looks, keyPairInventories.refresh()])
      },
    },
    async run(signal) {
      const all = [imageInventory, serverInventory, flavorInventory, keyPairInventories]
      await Promise.all(all.map((inventory) => inventory.run(signal)))
    },
  }
}
