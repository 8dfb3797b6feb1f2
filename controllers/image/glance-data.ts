import type { Failure } from '../../pkg/failure/failure.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import type { Transfers } from '../../pkg/transfer/transfers.ts'
import { importMethod } from './import-method.ts'
import type { ImageMemory } from './memory.ts'
import { awaitBytes } from './outcomes.ts'
import type { Scene } from './scene.ts'
import type { TransferJobs } from './transfer-jobs.ts'

/** What moves an image's bytes. */
export interface DataTools {
  transfers: Pick<Transfers, 'start' | 'stop'>
  jobs: TransferJobs
  memory: ImageMemory
}

/** The effects on an image's data: our own transfers, and Glance's imports. They begin here and run beside the workers. */
export class GlanceData {
  readonly #tools: DataTools

  constructor(tools: DataTools) {
    this.#tools = tools
  }

  async startTransfer(id: string, { image, cloud, signal }: Scene): Promise<Outcome> {
    cloud.imageInventory.rest(keyOf(image))
    if (importMethod(image) === 'glance-direct') await requireStaging(cloud, signal)
    this.#tools.transfers.start(keyOf(image), await this.#tools.jobs.job(image, id, cloud, signal))
    if (image.spec.source.http?.checksum?.algorithm !== 'MD5') return awaitBytes(image)
    const note = 'MD5 proves nothing against somebody who wants to deceive; use SHA256 or SHA512'
    return { type: 'Waiting', event: { type: 'Warning', reason: 'WeakChecksum', action: 'Transfer', note } }
  }

  /**
   * What only a changed object can heal stays on record, so that nothing moves the same bytes again. Otherwise the live
   * image tells where to go on: it may have all its data although the answer to the last byte was lost.
   */
  async endTransfer(failure: Failure, { image, observed, cloud, signal }: Scene): Promise<Outcome> {
    if (failure.class === 'InvalidSpec') return { type: 'Failed', failure }
    await this.#tools.transfers.stop(keyOf(image))
    const { image: found } = observed
    if (found === undefined) return { type: 'Failed', failure }
    const live = await cloud.images.get(found.id, { signal })
    // A change that the cache is told of would wake the object before its pause is over.
    if (live?.status === 'queued' || live?.status === 'saving') return { type: 'Failed', failure }
    if (live === undefined) cloud.imageInventory.observedGone(found.id)
    else cloud.imageInventory.observed(live)
    return { type: 'Done' }
  }

  async stopTransfer({ image }: Scene): Promise<Outcome> {
    await this.#tools.transfers.stop(keyOf(image))
    return done('TransferStopped', 'Delete', 'stopped the transfer')
  }

  async startImport(id: string, { image, cloud, signal }: Scene): Promise<Outcome> {
    const { http } = image.spec.source
    const method = http === undefined ? ({ method: 'glance-direct' } as const) : webDownload(http.url)
    await cloud.images.import(id, method, { signal })
    this.#tools.memory.importStarted(id)
    cloud.imageInventory.hurry(keyOf(image))
    return { type: 'Waiting', brief: true }
  }

  endImport(id: string, failure: Failure, { image, cloud }: Scene): Outcome {
    cloud.imageInventory.rest(keyOf(image))
    this.#tools.memory.importFailed(id, failure)
    return { type: 'Failed', failure }
  }

  /** The image has its data: nothing of what brought it is needed any more. */
  async finish({ image, cloud }: Scene): Promise<Outcome> {
    cloud.imageInventory.rest(keyOf(image))
    await this.#tools.transfers.stop(keyOf(image))
    await this.#tools.jobs.finish(image)
    return { type: 'Settled' }
  }

  /** What was sent into an image of an earlier attempt tells nothing of the next one. */
  async forgetAttempt({ image }: Scene): Promise<void> {
    await this.#tools.transfers.stop(keyOf(image))
  }
}

const webDownload = (uri: string) => ({ method: 'web-download', uri }) as const

/** Nobody shall send gigabytes to a Glance that will not import them. */
async function requireStaging({ images }: ConnectedCloud, signal: AbortSignal): Promise<void> {
  const offered = await images.importMethods({ signal })
  if (offered.includes('glance-direct')) return
  const what = offered.length === 0 ? 'no import at all' : `only ${offered.join(', ')}`
  const message = `Glance does not offer glance-direct, but ${what}; use via: Operator in a new Image`
  throw new OpenStackError(message, { class: 'Refused', code: 'ImportRefused', service: 'image' })
}
