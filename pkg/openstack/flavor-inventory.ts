import type { FlavorService } from './flavor-service.ts'
import { Inventory, type InventoryOptions, type Lister } from './inventory.ts'
import { readFlavorMark } from './mark.ts'
import type { NovaFlavor } from './nova-flavor.ts'
import { readPages } from './paged-list.ts'

/** The flavors that the credential sees, with indexes `mark` (see `readFlavorMark`) and `name`. Full lists only. */
export function createFlavorInventory(
  flavors: FlavorService,
  options: Omit<InventoryOptions<NovaFlavor>, 'indexes'> = {},
): Inventory<NovaFlavor> {
  const indexes = { mark: readFlavorMark, name: (flavor: NovaFlavor) => flavor.name }
  return new Inventory(flavorLister(flavors), { ...options, indexes })
}

function flavorLister(flavors: FlavorService): Lister<NovaFlavor> {
  return {
    idOf: ({ id }) => id,
    updatedAt: () => 0,
    everything: (_, signal) =>
      readPages(async (marker) => {
        const page = await flavors.page({ marker, signal })
        return { items: page.flavors, next: page.next }
      }),
    get: (id, signal) => flavors.get(id, { signal }),
  }
}
