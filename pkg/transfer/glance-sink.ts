import type { Sink, WriteOptions } from './sink.ts'
import type { ByteStream } from './source.ts'

/** A chunk of so many bytes has left when the next one is asked for (`StreamBody` of pkg/openstack); a smaller one may not. */
const LEAVES_AT_ONCE_BYTES = 64 * 1_024

/** What the sink needs of Glance; `ImageService` of pkg/openstack is one. */
export interface ImageUploader {
  /**
   * PUT /v2/images/{id}/file. Chunked where `size` is unknown. Rejects if `body` throws, having broken off the request.
   * When it asks for a chunk, it needs the one before no more if that had at least 64 KiB.
   */
  upload(id: string, body: ByteStream, options: RequestOptions): Promise<unknown>
}

/** What the staging sink needs of Glance; `ImageService` of pkg/openstack is one. */
export interface ImageStager {
  /** PUT /v2/images/{id}/stage; as `upload`. */
  stage(id: string, body: ByteStream, options: RequestOptions): Promise<unknown>
}

type RequestOptions = Pick<WriteOptions, 'size' | 'signal'>

/** The data of one image in Glance. An image whose PUT breaks off goes back to `queued`; nothing of it is usable. */
export class GlanceSink implements Sink {
  readonly #images: ImageUploader
  readonly #id: string

  constructor(images: ImageUploader, id: string) {
    this.#images = images
    this.#id = id
  }

  async write(stream: ByteStream, { size, signal, giveBack }: WriteOptions): Promise<void> {
    await this.#images.upload(this.#id, givingBack(stream, giveBack), { size, signal })
  }
}

/**
 * Glance's staging area, from which it imports the image. The content counts as complete once it is on record what it
 * hashes to: whoever imports it, perhaps after this process ended, must know what to expect.
 */
export class StagingSink implements Sink {
  readonly #images: ImageStager
  readonly #id: string
  readonly #record: (sha512: string, signal: AbortSignal) => Promise<void>

  constructor(images: ImageStager, id: string, record: (sha512: string, signal: AbortSignal) => Promise<void>) {
    this.#images = images
    this.#id = id
    this.#record = record
  }

  async write(stream: ByteStream, { size, digests, signal, giveBack }: WriteOptions): Promise<void> {
    await this.#images.stage(this.#id, givingBack(stream, giveBack), { size, signal })
    const sha512 = digests()?.SHA512
    // An answer that came before Glance took everything: the transfer sees to that.
    if (sha512 !== undefined) await this.#record(sha512, signal)
  }
}

async function* givingBack(stream: ByteStream, giveBack: (chunk: Uint8Array) => void): ByteStream {
  for await (const chunk of stream) {
    yield chunk
    if (chunk.length >= LEAVES_AT_ONCE_BYTES) giveBack(chunk)
  }
}
