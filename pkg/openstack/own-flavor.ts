import type { ConnectedCloud } from './cloud-registry.ts'
import { OpenStackError } from './errors.ts'
import type { NewFlavor } from './flavor-service.ts'
import { type FlavorSize, flavorDescription, flavorIdFor, type Mark, readFlavorMark } from './mark.ts'
import type { NovaFlavor } from './nova-flavor.ts'

type Clouds = Pick<ConnectedCloud, 'flavors' | 'flavorInventory'>

/**
 * The flavor of that size which an object has for itself. Its id derives from the object's mark (`flavorMarkOf`) and the
 * size, so that it is made once however often it is asked for. Private and without access: an administrator may use it
 * all the same, and nobody else sees it.
 */
export function ownFlavor(mark: Mark, object: { namespace: string; name: string }, size: FlavorSize): NewFlavor {
  const { vcpus, ram, disk } = size
  const id = flavorIdFor(mark, size)
  const name = `${`auxo-${object.namespace}-${object.name}`.slice(0, 240)}-${id.slice(0, 8)}`
  return { id, name, vcpus, ram, disk, is_public: false, description: flavorDescription(mark) }
}

/** Makes it. That it is there already is no surprise: the request of a process that was killed may have arrived. */
export async function makeOwnFlavor(flavor: NewFlavor, { flavors, flavorInventory }: Clouds, signal: AbortSignal) {
  try {
    flavorInventory.observed(await flavors.create(flavor, { signal }))
  } catch (error) {
    if (!(error instanceof OpenStackError) || error.code !== 'FlavorExists') throw error
    const there = await flavors.get(flavor.id, { signal })
    if (there === undefined || there.description !== flavor.description) throw error
    flavorInventory.observed(there)
  }
}

/** The flavors that bear this object's mark, as far as the inventory knows. */
export function ownFlavorsOf(mark: Mark, { flavorInventory }: Pick<Clouds, 'flavorInventory'>): NovaFlavor[] {
  return flavorInventory.byIndex('mark', mark)
}

/** Deletes these flavors, each after a look at the live one: only what bears the mark. Servers keep their sizes. */
export async function removeOwnFlavors(
  ids: readonly string[],
  mark: Mark,
  { flavors, flavorInventory }: Clouds,
  signal: AbortSignal,
): Promise<void> {
  for (const id of ids) {
    const live = await flavors.get(id, { signal })
    if (live !== undefined && readFlavorMark(live) === mark) await flavors.remove(id, { signal })
    flavorInventory.observedGone(id)
  }
}
