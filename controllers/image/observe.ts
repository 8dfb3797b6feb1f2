import type { Cloud, Image } from '../../api/v1alpha1/objects.ts'
import { betterHolder } from '../../pkg/cloud-objects/holders.ts'
import { effectivePolicy, isSynchronized } from '../../pkg/cloud-objects/policy.ts'
import { askedRefresh, lookAt } from '../../pkg/cloud-objects/refresh.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudAccess, cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import { imageIdFor, markOf } from '../../pkg/openstack/mark.ts'
import type { Transfers } from '../../pkg/transfer/transfers.ts'
import { importMethod } from './import-method.ts'
import { importState } from './import-state.ts'
import type { ImageMemory } from './memory.ts'
import type { Observed } from './observed.ts'
import { ownedImage } from './owned-image.ts'
import type { TransferJobs } from './transfer-jobs.ts'

/** What observation reads; all of it is in memory. */
export interface ObserveSources {
  registry: CloudRegistry
  cloudOf(image: Image): Cloud | undefined
  /** Image objects that hold this Glance image. */
  holdersOf(image: Image, imageID: string): Image[]
  transfers: Pick<Transfers, 'get'>
  memory: ImageMemory
  jobs: Pick<TransferJobs, 'begunAnew'>
  uploadOf(image: Image): { url: string; caBundle?: string | undefined } | undefined
  /** Names of objects that need the image. */
  usersOf(image: Image): readonly string[]
}

/** An unfinished upload that has not moved for so long, while nobody here sends it, is given up. */
const ABANDONED_MS = 15 * 60_000

/** Gathers what `plan` needs. Only a Glance that downloads by itself is asked, and only while it does. */
export async function observe(image: Image, sources: ObserveSources, signal: AbortSignal): Promise<Observed> {
  const key = keyOf(image)
  const access = cloudAccess(sources.registry, cloudKeyOf(image), sources.cloudOf(image), (to) => to.imageInventory)
  if (access.state === 'Closed') return access
  const { cloud, spec } = access
  const refresh = askedRefresh(image)
  if (refresh !== undefined) await lookAfresh(image, cloud, signal)
  const { memory, transfers } = sources
  const mark = markOf(cloud.ownerID, image.metadata.namespace, image.metadata.name)
  await lookForNew(image, cloud, signal)
  const candidates = matching(image, mark, cloud)
  // Of several that a name may mean none is this object's, whoever holds them.
  const found = candidates.length === 1 ? candidates[0] : undefined
  const nextID = imageIdFor(mark, image.status?.attempt ?? 1)
  const transfer = transfers.get(key)
  const imports = await importState(image, found, { images: cloud.images, memory, refresh, signal })
  if (found !== undefined) memory.markPresent(found.id)
  return {
    state: 'Ready',
    projectID: cloud.projectID,
    mark,
    initialEnablement: spec.synchronize?.images?.initialEnablement ?? 'Enabled',
    image: found,
    matches: candidates.length,
    takenBy: found === undefined ? undefined : betterHolder(image, sources.holdersOf(image, found.id), rankOf),
    idUsedUp: memory.isUsedUp(nextID),
    absenceProven: memory.isAbsent(image.status?.id ?? nextID),
    transfer,
    begunAnew: transfer?.state === 'Failed' && (await sources.jobs.begunAnew(image)),
    upload: sources.uploadOf(image),
    ...imports,
    hashAlgorithm: importMethod(image) !== undefined ? hashAlgorithmOf(cloud) : undefined,
    usedBy: sources.usersOf(image),
    abandoned: found !== undefined && memory.pendingFor(found) > ABANDONED_MS,
    refresh,
  }
}

/** The algorithm that the cloud hashes with, as some image of it shows. */
function hashAlgorithmOf({ imageInventory }: ConnectedCloud): string | undefined {
  return imageInventory.all().find(({ status, os_hash_algo }) => status === 'active' && os_hash_algo)?.os_hash_algo
}

/**
 * An image that is given by its id may be newer than the last look: Glance is asked for it once per visit. One that is
 * given by its name is taken only after a look of its own: of several with the name only one may be known yet.
 */
async function lookForNew(
  { spec, status }: Image,
  { images, imageInventory }: ConnectedCloud,
  signal: AbortSignal,
): Promise<void> {
  const { id, name } = spec.source.existing ?? {}
  if (name !== undefined && status?.id === undefined) return await imageInventory.refresh()
  if (id === undefined || imageInventory.get(id) !== undefined) return
  const live = await images.get(id, { signal })
  if (live !== undefined) imageInventory.observed(live)
}

/** A look for changes does not show what was deleted: where the image is known, Glance is asked for it by its id. */
async function lookAfresh(
  { spec, status }: Image,
  { images, imageInventory }: ConnectedCloud,
  signal: AbortSignal,
): Promise<void> {
  const id = spec.source.existing?.id ?? status?.id
  if (id === undefined) return await imageInventory.refresh()
  await lookAt(id, (known) => images.get(known, { signal }), imageInventory)
}

/** The images that the object may mean; more than one only where a name is not unique. */
function matching(image: Image, mark: string, { imageInventory }: ConnectedCloud): GlanceImage[] {
  if (effectivePolicy(image).creates) {
    const owned = ownedImage(image, mark, imageInventory)
    return owned === undefined ? [] : [owned]
  }
  const { id, name } = image.spec.source.existing ?? {}
  const known = imageInventory.get(id ?? image.status?.id ?? '')
  if (known !== undefined) return [known]
  return name === undefined ? [] : imageInventory.byIndex('name', name)
}

/** Who made the image has the best right to it, then whom a user made. */
function rankOf(image: Image): number {
  return (effectivePolicy(image).creates ? 0 : 2) + (isSynchronized(image) ? 1 : 0)
}
