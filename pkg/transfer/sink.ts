import type { ByteStream } from './source.ts'
import type { Digests } from './transfer.ts'

export interface WriteOptions {
  /** Bytes that the stream will have, where known. A stream that ends otherwise throws. */
  size?: number | undefined
  /** Of this content; known once the stream has ended. */
  digests: () => Digests | undefined
  /**
   * Takes back a chunk of the stream that the sink needs no more, so that its memory is used again. A sink that keeps
   * chunks does without: memory is never used again before.
   */
  giveBack: (chunk: Uint8Array) => void
  /** Aborted when the transfer is stopped. */
  signal: AbortSignal
}

/** Where bytes go: an image in Glance, a file on a server. */
export interface Sink {
  /**
   * Takes the whole stream and resolves once the content is complete on the other side. When the stream throws
   * (wrong checksum, lost source, stop), the write must be broken off so that nothing of it becomes usable, and the
   * promise rejects. Failures of the sink itself are `Failure`s; after any rejection its bytes count as lost.
   */
  write(stream: ByteStream, options: WriteOptions): Promise<void>
}
