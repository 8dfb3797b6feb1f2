import type { Sink, WriteOptions } from './sink.ts'
import type { ByteStream } from './source.ts'

/** What the sink needs of Glance; `ImageService` of pkg/openstack is one. */
export interface ImageUploader {
  /** PUT /v2/images/{id}/file. Chunked where `size` is unknown. Rejects if `body` throws, having broken off the request. */
  upload(id: string, body: ByteStream, options: WriteOptions): Promise<unknown>
}

/** The data of one image in Glance. An image whose PUT breaks off goes back to `queued`; nothing of it is usable. */
export class GlanceSink implements Sink {
  readonly #images: ImageUploader
  readonly #id: string

  constructor(images: ImageUploader, id: string) {
    this.#images = images
    this.#id = id
  }

  async write(stream: ByteStream, options: WriteOptions): Promise<void> {
    await this.#images.upload(this.#id, stream, options)
  }
}
