import type { Cloud, Image } from '../../api/v1alpha1/objects.ts'
import { followClouds, wakeHolders } from '../../pkg/cloud-objects/wake.ts'
import type { Informer } from '../../pkg/kube/informer.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry } from '../../pkg/openstack/cloud-registry.ts'
import { readMark } from '../../pkg/openstack/mark.ts'
import type { Transfers } from '../../pkg/transfer/transfers.ts'
import type { Uploads } from '../../pkg/transfer/uploads.ts'

export interface WakeSources {
  images: Informer<Image>
  clouds: Informer<Cloud>
  registry: CloudRegistry
  transfers: Pick<Transfers, 'get' | 'subscribe'>
  uploads: Pick<Uploads, 'subscribe'>
}

/** Who is told: of single objects, of images of a cloud, of everything that a cloud has. */
export interface WakeTargets {
  /** An Image object (`namespace/name`) shall be looked at. */
  object(key: string): void
  /** A Glance image appeared, changed or vanished, or the objects that hold it did. */
  glanceImage(cloudKey: string, imageID: string): void
  /** A cloud was connected, or what is synchronised of it changed. */
  cloud(cloudKey: string): void
}

/** Indexes of the Image informer that waking and synchronising need. */
export const imageIndexes = {
  /** `namespace/cloud/id` of the Glance image that an object holds. */
  cloudID: (image: Image): string[] => {
    const { spec, status } = image
    const ids = new Set([spec.source.existing?.id, status?.id].filter((id) => id !== undefined))
    return [...ids].map((id) => `${cloudKeyOf(image)}/${id}`)
  },
  /** `namespace/cloud/name` of the image that an object looks for. */
  wantedName: (image: Image): string[] => {
    const name = image.spec.source.existing?.name
    return name === undefined ? [] : [`${cloudKeyOf(image)}/${name}`]
  },
}

/** Sees to it that exactly the objects that a change concerns are looked at. Returns what ends that. */
export function wakeOn(
  { images, clouds, registry, transfers, uploads }: WakeSources,
  targets: WakeTargets,
): () => void {
  const wake = (key: string) => targets.object(key)
  const onItem = (cloudKey: string, id: string) => targets.glanceImage(cloudKey, id)
  const ends = [
    followClouds({
      ...{ registry, clouds, objects: images, wake, onItem },
      inventoryOf: ({ imageInventory }) => imageInventory,
      markOf: readMark,
      indexes: { cloudID: ({ id }) => id, wantedName: ({ name }) => name ?? '' },
      onCloud: (cloudKey) => targets.cloud(cloudKey),
    }),
    wakeHolders(images, ['cloudID', imageIndexes.cloudID], wake, onItem),
    // One that was stopped is no news: whoever stopped it knows, and may have done so in order to pause.
    transfers.subscribe((key) => {
      if (transfers.get(key) !== undefined) wake(key)
    }),
    uploads.subscribe(wake),
  ]
  return () => {
    for (const end of ends) end()
  }
}
