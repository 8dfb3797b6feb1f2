import { createHash, type Hash } from 'node:crypto'
import type { ChecksumAlgorithm, Digests } from './transfer.ts'

/** Hashes bytes by several algorithms at once, on the thread that calls. */
export class Digest {
  readonly #hashes: readonly [ChecksumAlgorithm, Hash][]

  constructor(algorithms: Iterable<ChecksumAlgorithm>) {
    this.#hashes = [...new Set(algorithms)].map((name) => [name, createHash(name.toLowerCase())])
  }

  update(chunk: Uint8Array): void {
    for (const [, hash] of this.#hashes) hash.update(chunk)
  }

  /** Hex digests of what has come so far. */
  digests(): Digests {
    return Object.fromEntries(this.#hashes.map(([name, hash]) => [name, hash.copy().digest('hex')]))
  }
}
