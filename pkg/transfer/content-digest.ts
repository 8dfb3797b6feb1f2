import { Digest } from './digest.ts'
import { DigestThread } from './digest-thread.ts'
import type { ChecksumAlgorithm, Digests } from './transfer.ts'

/** Below that a thread costs more than it saves. */
const LARGE_BYTES = 256 * 1_024 ** 2

/** Hashes a content as it passes. */
export interface ContentDigest {
  /** Takes the next bytes, which must stay as they are until it resolves. */
  update(chunk: Uint8Array): Promise<void>
  /** Hex digests of everything that was taken. */
  digests(): Promise<Digests>
  /** Lets go of it, finished or not. */
  close(): Promise<void>
}

/**
 * Makes digests. SHA-512 is most of the work of a transfer (0.45 GB/s on a slow processor): large contents are hashed
 * on one thread, which they share, so that the main one is free for the bytes and for everything else.
 */
export class ContentDigests {
  readonly #largeBytes: number
  #thread: DigestThread | undefined

  constructor(largeBytes = LARGE_BYTES) {
    this.#largeBytes = largeBytes
  }

  /** A digest of `size` bytes, where that is known. */
  begin(algorithms: readonly ChecksumAlgorithm[], size = 0): ContentDigest {
    if (size >= this.#largeBytes) {
      if (this.#thread?.open !== true) this.#thread = new DigestThread()
      return this.#thread.begin(algorithms)
    }
    const digest = new Digest(algorithms)
    return {
      update: async (chunk) => digest.update(chunk),
      digests: async () => digest.digests(),
      close: async () => {},
    }
  }
}
