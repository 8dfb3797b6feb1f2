import { isDeepStrictEqual } from 'node:util'
import type { Image } from '../../api/v1alpha1/objects.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import type { Transfers } from '../../pkg/transfer/transfers.ts'
import type { ImageMemory } from './memory.ts'
import type { ObservedInCloud } from './observed.ts'
import { isOwned } from './owned-image.ts'
import type { Create, Discard, ImageStep, StartTransfer, Update } from './steps.ts'
import type { TransferJobs } from './transfer-jobs.ts'
import { newImage } from './wanted.ts'

/** What acting needs. */
export interface ActTools {
  registry: CloudRegistry
  transfers: Pick<Transfers, 'start' | 'stop'>
  jobs: TransferJobs
  memory: ImageMemory
}

/** Carries out one step. Each effect can be repeated: ids are chosen by us, deletion and patches are idempotent. */
export class ImageActor {
  readonly #tools: ActTools

  constructor(tools: ActTools) {
    this.#tools = tools
  }

  async act(step: ImageStep, image: Image, observed: ObservedInCloud, signal: AbortSignal): Promise<Outcome> {
    const cloud = this.#cloud(image)
    switch (step.type) {
      case 'AwaitCloud':
      case 'Stall':
        return { type: 'Settled' }
      case 'Rest':
        return await this.#rest(image, cloud)
      case 'Await':
        return this.#await(image, cloud, step.hurry)
      case 'AwaitTransfer':
        cloud.imageInventory.rest(keyOf(image))
        return { type: 'Waiting', brief: isFetched(image) }
      case 'Create':
        return await this.#create(step, image, observed, cloud, signal)
      case 'StartTransfer':
        return await this.#startTransfer(step, image, cloud, signal)
      case 'EndTransfer':
        return await this.#endTransfer(step.failure, image, observed, cloud, signal)
      case 'StopTransfer':
        await this.#tools.transfers.stop(keyOf(image))
        return done('TransferStopped', 'Delete', 'stopped the transfer')
      case 'StartImport':
        return await this.#startImport(step.id, image, cloud, signal)
      case 'EndImport':
        cloud.imageInventory.rest(keyOf(image))
        this.#tools.memory.importEnded(step.id)
        return { type: 'Failed', failure: step.failure }
      case 'Update':
        return await this.#update(step, cloud, signal)
      case 'Discard':
        await this.#remove(step.id, image, observed, cloud, signal)
        return discarded(step)
      case 'Delete':
        await this.#remove(step.id, image, observed, cloud, signal)
        return done('Deleted', 'Delete', `deleted image ${step.id} in Glance`)
      case 'ProveAbsence':
        return await this.#proveAbsence(step.id, cloud, signal)
    }
  }

  /** What runs for an object ends with it, or when another replica takes over. */
  forget(key: string): void {
    this.#tools.jobs.forget(key)
  }

  #cloud(image: Image): ConnectedCloud {
    const cloud = this.#tools.registry.get(cloudKeyOf(image))
    if (cloud !== undefined) return cloud
    const message = `Cloud "${image.spec.cloudRef.name}" was disconnected meanwhile`
    throw new OpenStackError(message, { class: 'Unavailable', code: 'Disconnected' })
  }

  #await(image: Image, { imageInventory }: ConnectedCloud, hurry: boolean): Outcome {
    if (hurry) imageInventory.hurry(keyOf(image))
    else imageInventory.rest(keyOf(image))
    return { type: 'Waiting', brief: hurry }
  }

  async #rest(image: Image, { imageInventory }: ConnectedCloud): Promise<Outcome> {
    const key = keyOf(image)
    imageInventory.rest(key)
    await this.#tools.transfers.stop(key)
    await this.#tools.jobs.finish(image)
    return { type: 'Settled' }
  }

  /**
   * Registers the image. A 409 is no surprise: the request of a process that was killed may have arrived. If nothing
   * is there all the same, the id belonged to an image that was deleted, and the next attempt gets another one.
   */
  async #create(
    { id }: Create,
    image: Image,
    { mark }: ObservedInCloud,
    cloud: ConnectedCloud,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { memory, transfers } = this.#tools
    // What was sent into an image of an earlier attempt tells nothing of this one.
    await transfers.stop(keyOf(image))
    try {
      cloud.imageInventory.observed(await cloud.images.create(newImage(image, mark, id), { signal }))
      memory.markPresent(id)
      return done('Created', 'Create', `registered image ${id} in Glance`)
    } catch (error) {
      if (!(error instanceof OpenStackError) || !(error.code === 'ImageExists' || endsAnnouncement(image, error)))
        throw error
    }
    const there = await cloud.images.get(id, { signal })
    if (there !== undefined && isOwned(there, mark, image.status?.attempt)) cloud.imageInventory.observed(there)
    else memory.markUsedUp(id)
    return { type: 'Done' }
  }

  async #startTransfer(
    { id }: StartTransfer,
    image: Image,
    cloud: ConnectedCloud,
    signal: AbortSignal,
  ): Promise<Outcome> {
    cloud.imageInventory.rest(keyOf(image))
    this.#tools.transfers.start(keyOf(image), await this.#tools.jobs.job(image, id, cloud, signal))
    if (image.spec.source.http?.checksum?.algorithm !== 'MD5') {
      return { type: 'Waiting', brief: isFetched(image) }
    }
    const note = 'MD5 proves nothing against somebody who wants to deceive; use SHA256 or SHA512'
    return { type: 'Waiting', event: { type: 'Warning', reason: 'WeakChecksum', action: 'Transfer', note } }
  }

  /**
   * What only a changed object can heal stays on record, so that nothing moves the same bytes again. Otherwise the live
   * image tells where to go on: it may have all its data although the answer to the last byte was lost.
   */
  async #endTransfer(
    failure: Failure,
    image: Image,
    { image: found }: ObservedInCloud,
    { images, imageInventory }: ConnectedCloud,
    signal: AbortSignal,
  ): Promise<Outcome> {
    if (failure.class === 'InvalidSpec') return { type: 'Failed', failure }
    await this.#tools.transfers.stop(keyOf(image))
    if (found === undefined) return { type: 'Failed', failure }
    const live = await images.get(found.id, { signal })
    // A change that the cache is told of would wake the object before its pause is over.
    if (live?.status === 'queued' || live?.status === 'saving') return { type: 'Failed', failure }
    if (live === undefined) imageInventory.observedGone(found.id)
    else imageInventory.observed(live)
    return { type: 'Done' }
  }

  async #startImport(id: string, image: Image, cloud: ConnectedCloud, signal: AbortSignal): Promise<Outcome> {
    const uri = image.spec.source.http?.url ?? ''
    await cloud.images.import(id, { method: 'web-download', uri }, { signal })
    this.#tools.memory.importStarted(id)
    return this.#await(image, cloud, true)
  }

  /** Glance takes tags only as a whole: those that others set since the last look must be among them. */
  async #update({ id, patch }: Update, { images, imageInventory }: ConnectedCloud, signal: AbortSignal) {
    if (patch.some(({ path }) => path === '/tags')) {
      const known = imageInventory.get(id)
      const live = await images.get(id, { signal })
      if (live !== undefined && !isDeepStrictEqual(new Set(live.tags), new Set(known?.tags))) {
        imageInventory.observed(live)
        return { type: 'Done' } satisfies Outcome
      }
    }
    imageInventory.observed(await images.update(id, patch, { signal }))
    return done('Updated', 'Update', `changed ${patch.map(({ path }) => path.slice(1)).join(', ')} in Glance`)
  }

  /** Looks at the live image first: only what is provably this object's is ever deleted. */
  async #remove(
    id: string,
    image: Image,
    { mark }: ObservedInCloud,
    cloud: ConnectedCloud,
    signal: AbortSignal,
  ): Promise<void> {
    const live = await cloud.images.get(id, { signal })
    if (live !== undefined && !isOwned(live, mark, image.status?.attempt)) {
      const message = `image ${id} in Glance does not carry our mark ${mark}; it is left alone`
      throw new OpenStackError(message, { class: 'Refused', code: 'NotOurs', service: 'image' })
    }
    if (live !== undefined) await cloud.images.remove(id, { signal })
    cloud.imageInventory.observedGone(id)
    this.#tools.memory.markUsedUp(id)
  }

  async #proveAbsence(id: string, { images, imageInventory }: ConnectedCloud, signal: AbortSignal): Promise<Outcome> {
    const live = await images.get(id, { signal })
    if (live === undefined) this.#tools.memory.markAbsent(id)
    else imageInventory.observed(live)
    return { type: 'Done' }
  }
}

/**
 * Whether a refused POST settles what becomes of an announced id while its object is being deleted: where Glance has
 * no room or no leave for the image now, a late request of a killed process gets the same answer.
 */
function endsAnnouncement({ metadata }: Image, { class: failureClass }: OpenStackError): boolean {
  return metadata.deletionTimestamp !== undefined && ['Quota', 'Refused', 'InvalidSpec'].includes(failureClass)
}

/** What follows a deletion because of wrong data. */
function discarded({ id, next, message }: Discard): Outcome {
  if (next === 'AtOnce') return done('Discarded', 'Delete', `deleted image ${id}: ${message}`, 'Warning')
  const failureClass = next === 'Later' ? 'Unavailable' : 'InvalidSpec'
  return { type: 'Failed', failure: new OpenStackError(message, { class: failureClass, code: 'ChecksumMismatch' }) }
}

/** Nobody waits at a prompt to be told that the bytes of a URL are on their way. */
function isFetched({ spec }: Image): boolean {
  return spec.source.type === 'HTTP'
}

function done(reason: string, action: string, note: string, type: 'Normal' | 'Warning' = 'Normal'): Outcome {
  return { type: 'Done', event: { type, reason, action, note } }
}
