import type { Image } from '../../api/v1alpha1/objects.ts'
import { bytesOf } from '../../pkg/kube/quantity.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { GlanceSink, StagingSink } from '../../pkg/transfer/glance-sink.ts'
import type { Sink } from '../../pkg/transfer/sink.ts'
import type { Source } from '../../pkg/transfer/source.ts'
import type { TransferJob } from '../../pkg/transfer/transfer.ts'
import type { Transfers } from '../../pkg/transfer/transfers.ts'
import type { Uploads } from '../../pkg/transfer/uploads.ts'
import type { HttpSources } from './http-sources.ts'
import { importMethod } from './import-method.ts'
import { uncheckedKey } from './unchecked.ts'

export interface TransferJobsOptions {
  uploads: Uploads
  http: HttpSources
  transfers: Pick<Transfers, 'stop'>
  /** Aborted when the object's namespace is no longer this replica's. */
  signalOf(namespace: string): AbortSignal
}

/** Makes the transfers that Images ask for, and ends them. */
export class TransferJobs {
  readonly #options: TransferJobsOptions
  readonly #uploading = new Map<string, string>()

  constructor(options: TransferJobsOptions) {
    this.#options = options
  }

  /** The job that fills the queued image `id`. Throws when a Secret or certificate for the URL cannot be had. */
  async job(image: Image, id: string, cloud: ConnectedCloud, signal: AbortSignal): Promise<TransferJob> {
    const { source, diskFormat } = image.spec
    const maxBytes = mostBytes(image)
    return {
      source: await this.#source(image, signal),
      sink: sinkFor(image, id, cloud),
      checksum: source.http?.checksum,
      decompress: source.http?.decompress,
      format: diskFormat,
      maxBytes,
      signal: this.#options.signalOf(image.metadata.namespace),
    }
  }

  /** Whether a client began anew after its bytes were refused, so that a failed transfer has something to do again. */
  async begunAnew({ metadata }: Image): Promise<boolean> {
    const session = await this.#options.uploads.get(metadata.uid ?? '')
    return session?.ready === true && session.rejection === undefined
  }

  /** The bytes are in Glance: nothing of them is needed here any more. */
  async finish(image: Image): Promise<void> {
    if (image.spec.source.type !== 'Upload') return
    this.#uploading.delete(keyOf(image))
    // Also what another process took, which ended before it came so far.
    await this.#options.uploads.remove(image.metadata.uid ?? '')
  }

  /** The object is gone, or another replica's: its transfer ends. What is spooled stays for the next owner. */
  forget(key: string): void {
    void this.#options.transfers.stop(key)
    const uid = this.#uploading.get(key)
    if (uid === undefined) return
    this.#uploading.delete(key)
    void this.#options.uploads.close(uid)
  }

  async #source(image: Image, signal: AbortSignal): Promise<Source> {
    if (image.spec.source.type === 'HTTP') return await this.#options.http.open(image, signal)
    const key = keyOf(image)
    const uid = image.metadata.uid ?? ''
    this.#uploading.set(key, uid)
    return await this.#options.uploads.open({ uid, key, maxBytes: mostBytes(image) })
  }
}

function sinkFor(image: Image, id: string, { images, imageInventory }: ConnectedCloud): Sink {
  if (importMethod(image) === undefined) return new GlanceSink(images, id)
  return new StagingSink(images, id, async (sha512, signal) => {
    const patch = [{ op: 'replace', path: `/${uncheckedKey}`, value: sha512 }] as const
    imageInventory.observed(await images.update(id, patch, { signal }))
  })
}

function mostBytes({ spec }: Image): number | undefined {
  return spec.source.upload?.size === undefined ? undefined : bytesOf(spec.source.upload.size)
}
