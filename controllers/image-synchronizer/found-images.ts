import { IMAGE } from '../../api/v1alpha1/names.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import { readMark } from '../../pkg/openstack/mark.ts'
import type { Found } from '../../pkg/synchronize/found.ts'
import type { Runtime } from '../runtime.ts'
import { usersOf } from '../users.ts'

/** What the synchronizer must know of Glance's images. */
export function foundImages({ informers }: Pick<Runtime, 'informers'>): Found<Image, GlanceImage> {
  return {
    name: 'image-synchronizer',
    type: IMAGE,
    objects: informers.images,
    ourManagers: ['auxo-image'],
    fallbackName: 'image',
    policyOf: ({ synchronize }) => synchronize?.images?.policy ?? 'None',
    inventoryOf: ({ imageInventory }) => imageInventory,
    view: (image) => ({
      id: image.id,
      name: image.name,
      usable: image.status === 'active',
      projectID: image.owner,
      mark: readMark(image),
    }),
    exists: async ({ images }, id, signal) => (await images.get(id, { signal })) !== undefined,
    inUse: (image) => usersOf(informers, 'Image', image).length > 0,
  }
}
