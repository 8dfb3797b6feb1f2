import type { Cloud, Image } from '../../api/v1alpha1/objects.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import type { Informer, InformerEvent } from '../../pkg/kube/informer.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import type { CloudRegistry } from '../../pkg/openstack/cloud-registry.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { InventoryChange } from '../../pkg/openstack/inventory.ts'
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
  /** `namespace/cloud` that an object refers to. */
  cloud: ({ metadata, spec }: Image): string[] => [`${metadata.namespace}/${spec.cloudRef.name}`],
  /** `namespace/cloud/id` of the Glance image that an object holds. */
  glanceID: ({ metadata, spec, status }: Image): string[] => {
    const ids = new Set([spec.source.existing?.id, status?.id].filter((id) => id !== undefined))
    return [...ids].map((id) => `${metadata.namespace}/${spec.cloudRef.name}/${id}`)
  },
  /** `namespace/cloud/name` of the image that an object looks for. */
  wantedName: ({ metadata, spec }: Image): string[] =>
    spec.source.existing?.name === undefined
      ? []
      : [`${metadata.namespace}/${spec.cloudRef.name}/${spec.source.existing.name}`],
}

/** Sees to it that exactly the objects that a change concerns are looked at. Returns what ends that. */
export function wakeOn(sources: WakeSources, targets: WakeTargets): () => void {
  const { images, clouds, registry, transfers, uploads } = sources
  const inventories = new Map<string, () => void>()
  const wakeCloud = (cloudKey: string) => {
    for (const image of images.byIndex('cloud', cloudKey)) targets.object(keyOf(image))
    targets.cloud(cloudKey)
  }
  const follow = (cloudKey: string) => {
    inventories.get(cloudKey)?.()
    const cloud = registry.get(cloudKey)
    if (cloud === undefined) return
    const tell = (changes: readonly InventoryChange<GlanceImage>[]) => {
      for (const change of changes) wakeForChange(cloudKey, cloud.ownerID, change, images, targets)
    }
    inventories.set(cloudKey, cloud.imageInventory.subscribe(tell))
    // An empty cloud has no changes to tell of: its first complete list counts as one. A failure is health's to tell.
    cloud.imageInventory.refresh().then(
      () => wakeCloud(cloudKey),
      () => undefined,
    )
  }
  const ends = [
    registry.subscribe((cloudKey, change) => {
      if (change === 'Connected') follow(cloudKey)
      if (change === 'Disconnected') inventories.get(cloudKey)?.()
      wakeCloud(cloudKey)
    }),
    clouds.subscribe((event) => {
      if (cloudMatters(event)) wakeCloud(keyOf(event.object))
    }),
    images.subscribe((event) => wakeHolders(event, targets, images)),
    // One that was stopped is no news: whoever stopped it knows, and may have done so in order to pause.
    transfers.subscribe((key) => {
      if (transfers.get(key) !== undefined) targets.object(key)
    }),
    uploads.subscribe((key) => targets.object(key)),
  ]
  return () => {
    for (const end of [...ends, ...inventories.values()]) end()
  }
}

function wakeForChange(
  cloudKey: string,
  ownerID: string,
  { id, item, previous }: InventoryChange<GlanceImage>,
  images: Informer<Image>,
  targets: WakeTargets,
): void {
  const namespace = cloudKey.slice(0, cloudKey.indexOf('/'))
  const concerned = new Set(images.byIndex('glanceID', `${cloudKey}/${id}`).map(keyOf))
  for (const known of [item, previous]) {
    if (known === undefined) continue
    const mark = readMark(known)
    if (mark?.startsWith(`${ownerID}/${namespace}/`)) concerned.add(mark.slice(ownerID.length + 1))
    for (const object of images.byIndex('wantedName', `${cloudKey}/${known.name ?? ''}`)) concerned.add(keyOf(object))
  }
  for (const key of concerned) targets.object(key)
  targets.glanceImage(cloudKey, id)
}

/** Images show what their Cloud's `Ready` says, and what it says of synchronised images. */
function cloudMatters(event: InformerEvent<Cloud>): boolean {
  if (event.type !== 'Updated') return true
  const told = (cloud: Cloud) => {
    const ready = conditionOf(cloud, 'Ready')
    return JSON.stringify([ready?.status, ready?.reason, ready?.message, cloud.spec.synchronize])
  }
  return told(event.object) !== told(event.previous)
}

/** When an object comes, goes, or finds its image, others may hold the same one with a better or worse right. */
function wakeHolders(event: InformerEvent<Image>, targets: WakeTargets, images: Informer<Image>): void {
  const before = event.type === 'Added' ? [] : imageIndexes.glanceID(event.previous)
  const now = event.type === 'Deleted' ? [] : imageIndexes.glanceID(event.object)
  for (const id of new Set([...before, ...now])) {
    if (event.type === 'Updated' && before.includes(id) && now.includes(id)) continue
    const cut = id.lastIndexOf('/')
    targets.glanceImage(id.slice(0, cut), id.slice(cut + 1))
    for (const other of images.byIndex('glanceID', id)) {
      if (keyOf(other) !== keyOf(event.object)) targets.object(keyOf(other))
    }
  }
}
