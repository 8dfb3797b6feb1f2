import { z } from 'zod'
import { itemName } from './desktop-parts.ts'
import { immutable, listByKey, nameOrID } from './schema.ts'

const attached = z.object({
  name: itemName().describe('Name of the entry: `data`.'),
  volume: immutable(nameOrID('the volume'), 'take this entry away and add one with another name').describe(
    'The volume in Cinder, which must exist. It is never deleted from here.',
  ),
})

/** Volumes that one desktop has beside its root disk. */
export const desktopVolumes = listByKey(attached, 'name', 24).describe(
  'Volumes to attach. Only volumes that were named here before are detached.',
)
