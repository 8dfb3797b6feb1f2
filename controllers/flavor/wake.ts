import type { Flavor } from '../../api/v1alpha1/objects.ts'
import { type Following, followClouds, wakeHolders } from '../../pkg/cloud-objects/wake.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import { readMarkOfMaker } from '../../pkg/openstack/mark.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import { nameInNova } from './wanted.ts'

/** Indexes of the Flavor informer. */
export const flavorIndexes = {
  /** `namespace/cloud/id` of the flavor of Nova that an object holds. */
  flavorID: (flavor: Flavor): string[] => {
    const ids = new Set([flavor.spec.existing?.id, flavor.status?.id].filter((id) => id !== undefined))
    return [...ids].map((id) => `${cloudKeyOf(flavor)}/${id}`)
  },
  /** `namespace/cloud/name` of the flavor that an object looks for, or makes. */
  flavorName: (flavor: Flavor): string[] => {
    const { existing } = flavor.spec
    const name = existing === undefined ? nameInNova(flavor) : existing.name
    return name === undefined ? [] : [`${cloudKeyOf(flavor)}/${name}`]
  },
}

type Sources = Pick<Following<Flavor, NovaFlavor>, 'registry' | 'clouds' | 'objects' | 'wake'>

/** Sees to it that exactly the objects that a change concerns are looked at. Returns what ends that. */
export function wakeOn(sources: Sources): () => void {
  const ends = [
    followClouds<Flavor, NovaFlavor>({
      ...sources,
      inventoryOf: ({ flavorInventory }) => flavorInventory,
      markOf: (flavor) => readMarkOfMaker('Flavor', flavor),
      indexes: { flavorID: ({ id }) => id, flavorName: ({ name }) => name },
    }),
    wakeHolders(sources.objects, ['flavorID', flavorIndexes.flavorID], sources.wake),
  ]
  return () => {
    for (const end of ends) end()
  }
}
