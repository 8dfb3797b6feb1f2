import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { replaceDurably } from './replace-durably.ts'
import { offsetLine } from './spool-record.ts'

/** Bytes and time between two calls of fdatasync: what a crash can cost a client that sends one long PATCH. */
const SYNC_BYTES = 16 * 1_024 ** 2
const SYNC_MS = 1_000
const NEW_OR_OLD = constants.O_RDWR | constants.O_CREAT

/**
 * Bytes in `<path>.data`, and in `<path>.offset` how many of them are flushed. Whoever calls writes one thing after the
 * other; flushes go on beside that.
 */
export class FlushedData {
  readonly #path: string
  readonly #onFlushed: () => void
  #data: FileHandle
  readonly #record: FileHandle
  #written: number
  #flushed: number
  #flushTime = performance.now()
  #flushing: Promise<void> | undefined
  #failure: { error: unknown } | undefined

  private constructor(path: string, files: { data: FileHandle; record: FileHandle }, offset: number, tell: () => void) {
    this.#path = path
    this.#onFlushed = tell
    this.#data = files.data
    this.#record = files.record
    this.#written = this.#flushed = offset
  }

  /** Cuts what there is to `most` bytes, and makes a new record. Calls `onFlushed` whenever more is flushed. */
  static async open(path: string, most: number, onFlushed: () => void): Promise<FlushedData> {
    const data = await open(`${path}.data`, NEW_OR_OLD, 0o600)
    const { size } = await data.stat()
    const offset = Math.min(most, size)
    const record = await replaceDurably(`${path}.offset`, offsetLine(offset))
    await data.truncate(offset)
    return new FlushedData(path, { data, record }, offset, onFlushed)
  }

  /** Bytes that survive a crash. */
  get flushed(): number {
    return this.#flushed
  }

  /** Nothing is left, in a new file. */
  async clear(): Promise<void> {
    await this.#flushing
    this.#written = this.#flushed = 0
    await this.#writeOffset(0)
    const before = this.#data
    this.#data = await replaceDurably(`${this.#path}.data`, '')
    await before.close()
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await this.#data.write(chunk, done, chunk.length - done, this.#written + done)
      done += bytesWritten
    }
    this.#written += chunk.length
  }

  /** Begins a flush where one is due; waits for it where too much is ahead of it. */
  async keepUp(): Promise<void> {
    const ahead = this.#written - this.#flushed
    if (ahead >= SYNC_BYTES || performance.now() - this.#flushTime >= SYNC_MS) this.#flushSoon()
    if (ahead >= 4 * SYNC_BYTES) await this.#flushing
  }

  /** Resolves when everything that was appended is flushed. */
  async flush(): Promise<void> {
    await this.#flushing
    this.#flushSoon()
    await this.#flushing
    await this.check()
  }

  /**
   * Throws, once, where a flush failed. What it should have kept may be lost, even if a later one succeeds: everything
   * after the last good flush counts as never appended.
   */
  async check(): Promise<void> {
    if (this.#failure === undefined) return
    const { error } = this.#failure
    await this.#flushing
    this.#failure = undefined
    this.#written = this.#flushed
    throw error
  }

  /** Reads flushed bytes. Resolves to how many there were. */
  async read(buffer: Uint8Array, length: number, position: number): Promise<number> {
    return (await this.#data.read(buffer, 0, length, position)).bytesRead
  }

  /** Flushes what it can and lets the files go. */
  async close(): Promise<void> {
    await this.#flushing
    try {
      if (this.#failure === undefined) await this.#flushOnce()
    } finally {
      await Promise.all([this.#data.close(), this.#record.close()])
    }
  }

  #flushSoon(): void {
    this.#flushing ??= this.#flushOnce()
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .finally(() => {
        this.#flushing = undefined
      })
  }

  async #flushOnce(): Promise<void> {
    this.#flushTime = performance.now()
    const written = this.#written
    if (written === this.#flushed) return
    await this.#data.datasync()
    await this.#writeOffset(written)
    this.#flushed = written
    this.#onFlushed()
  }

  async #writeOffset(offset: number): Promise<void> {
    await this.#record.write(offsetLine(offset), 0)
    await this.#record.datasync()
  }
}
