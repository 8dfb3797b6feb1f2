import type { Sink, WriteOptions } from './sink.ts'
import type { ByteStream } from './source.ts'

/** What the sink needs of Glance; `ImageService` of pkg/openstack is one. */
export interface ImageUploader {
  /** PUT /v2/images/{id}/file. Chunked where `size` is unknown. Rejects if `body` throws, having broken off the request. */
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

  async write(stream: ByteStream, { size, signal }: WriteOptions): Promise<void> {
    await this.#images.upload(this.#id, stream, { size, signal })
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

  async write(stream: ByteStream, { size, digests, signal }: WriteOptions): Promise<void> {
    await this.#images.stage(this.#id, stream, { size, signal })
    const sha512 = digests()?.SHA512
    // An answer that came before Glance took everything: the transfer sees to that.
    if (sha512 !== undefined) await this.#record(sha512, signal)
  }
}
