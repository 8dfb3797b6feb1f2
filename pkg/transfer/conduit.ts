import type { ByteStore, ByteWriter } from './byte-store.ts'
import { Changes } from './changes.ts'
import { sourceChanged } from './resumed.ts'
import type { ByteStream } from './source.ts'
import { UploadError, uploadClosed } from './upload-error.ts'

export interface ConduitOptions {
  /** How long a writer waits, in milliseconds, while nobody reads. Default 30,000. */
  readerTimeoutMs?: number | undefined
}

/** Hands bytes from the client straight to the transfer, keeping none: a byte counts once the transfer took it. */
export class Conduit implements ByteStore {
  readonly durable = false
  readonly #changes = new Changes()
  readonly #readerTimeoutMs: number
  #length: number | undefined
  #taken = 0
  #offered: Uint8Array | undefined
  #readers = 0
  /** Counts beginnings: who belongs to an earlier one has to go. */
  #beginning = 0
  #lost: Error | undefined

  constructor({ readerTimeoutMs = 30_000 }: ConduitOptions = {}) {
    this.#readerTimeoutMs = readerTimeoutMs
  }

  get length(): number | undefined {
    return this.#length
  }

  get offset(): number {
    return this.#taken
  }

  async begin(length: number): Promise<void> {
    this.#length = length
    this.#restart(new UploadError(409, 'UploadBegunAnew', 'the upload was begun anew by another request'))
  }

  lost(reason: Error): void {
    this.#restart(reason)
  }

  async close(): Promise<void> {
    this.#restart(uploadClosed())
  }

  #restart(reason: Error): void {
    this.#beginning++
    this.#taken = 0
    this.#offered = undefined
    this.#lost = reason
    this.#changes.notify()
  }

  writer(): ByteWriter {
    const beginning = this.#beginning
    return {
      append: (chunk) => this.#append(chunk, beginning),
      commit: async () => this.#checkWriter(beginning),
    }
  }

  async #append(chunk: Uint8Array, beginning: number): Promise<void> {
    this.#checkWriter(beginning)
    this.#offered = chunk
    this.#changes.notify()
    while (beginning === this.#beginning && this.#offered === chunk) {
      const changed = await this.#changes.wait({ timeoutMs: this.#readerTimeoutMs })
      if (changed || this.#readers > 0 || this.#offered !== chunk) continue
      this.#offered = undefined
      throw new UploadError(503, 'NobodyReads', 'the cloud takes no bytes just now; try again later', 10)
    }
    this.#checkWriter(beginning)
  }

  #checkWriter(beginning: number): void {
    if (beginning !== this.#beginning) throw this.#lost ?? new Error('the upload began anew')
  }

  async *read(offset: number, signal: AbortSignal): ByteStream {
    const beginning = this.#beginning
    if (offset !== this.#taken) throw sourceChanged('the upload')
    this.#readers++
    let held: Uint8Array | undefined
    try {
      while (this.#taken < (this.#length ?? 0)) {
        held = this.#offered
        if (held === undefined) {
          await this.#changes.wait({ signal })
          if (beginning !== this.#beginning) throw sourceChanged('the upload')
          continue
        }
        this.#taken += held.length
        yield held
        if (beginning !== this.#beginning) throw sourceChanged('the upload')
        this.#giveBack(held)
      }
    } finally {
      this.#giveBack(held)
      this.#readers--
    }
  }

  /** The reader is done with what the writer lent it. */
  #giveBack(held: Uint8Array | undefined): void {
    if (held === undefined || this.#offered !== held) return
    this.#offered = undefined
    this.#changes.notify()
  }
}
