import type { ByteStream } from './source.ts'
import { UploadError } from './upload-error.ts'

interface Holder {
  /** Since when it waits for its client; undefined while its bytes are being stored. */
  waitingSince: number | undefined
  readonly cut: () => void
  released: Promise<void>
}

/** One writer at a time. A writer whose client has been silent for a while gives way to the next. */
export class WriterLock {
  readonly #now: () => number
  readonly #silenceMs: number
  #holder: Holder | undefined

  constructor({ now = () => performance.now(), silenceMs = 5_000 }: { now?: () => number; silenceMs?: number } = {}) {
    this.#now = now
    this.#silenceMs = silenceMs
  }

  /**
   * Runs `work` with the client's bytes, alone. `cut` ends them when another writer takes over. Throws 423 while
   * another writer is at work.
   */
  async hold<T>(bytes: ByteStream, cut: () => void, work: (bytes: ByteStream) => Promise<T>): Promise<T> {
    // No await while nobody holds it: two that come at once must not both get in.
    if (this.#holder !== undefined) await this.#displace(this.#holder)
    const released = Promise.withResolvers<void>()
    const holder: Holder = { waitingSince: this.#now(), cut, released: released.promise }
    this.#holder = holder
    try {
      return await work(this.#watched(bytes, holder))
    } finally {
      this.#holder = undefined
      released.resolve()
    }
  }

  async #displace(holder: Holder): Promise<void> {
    if (holder.waitingSince === undefined || this.#now() - holder.waitingSince < this.#silenceMs) throw locked()
    holder.cut()
    await holder.released
    // Of several that waited for the same holder, one is first.
    if (this.#holder !== undefined) throw locked()
  }

  async *#watched(bytes: ByteStream, holder: Holder): ByteStream {
    for await (const chunk of bytes) {
      holder.waitingSince = undefined
      yield chunk
      holder.waitingSince = this.#now()
    }
    holder.waitingSince = undefined
  }
}

function locked(): UploadError {
  return new UploadError(423, 'UploadLocked', 'another request is sending bytes to this upload', 2)
}
