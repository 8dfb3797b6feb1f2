import type { ByteStore, ByteWriter } from './byte-store.ts'
import { Changes } from './changes.ts'
import { FlushedData } from './flushed-data.ts'
import { replaceDurably } from './replace-durably.ts'
import { sourceChanged } from './resumed.ts'
import type { ByteStream } from './source.ts'
import { spoolRecord } from './spool-record.ts'
import { UploadError, uploadClosed } from './upload-error.ts'

const READ_BYTES = 256 * 1_024

export interface SpoolFileOptions {
  /** Path without ending. */
  path: string
  /** The object, for people who look into the directory. */
  name: string
  /** Throws unless so many bytes fit. */
  makeRoom: (bytes: number) => Promise<void>
}

/**
 * One upload on disk. A byte counts when it and the offset after it were flushed: after a crash the file is cut to
 * the recorded offset, so that a tail which never was acknowledged (or is full of zeros) is sent again.
 *
 * Whoever opens it makes a new record, and whoever begins anew a new file of data, in the place of the old ones: a
 * process that was frozen and lost the object meanwhile still has the old ones, and what it writes there counts nothing.
 */
export class SpoolFile implements ByteStore {
  readonly durable = true
  readonly #options: SpoolFileOptions
  readonly #data: FlushedData
  readonly #changes: Changes
  #length: number | undefined
  /** Counts beginnings: who belongs to an earlier one has to go. */
  #beginning = 0
  #closed = false
  /** Writes go one after the other; this is the last one. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(options: SpoolFileOptions, data: FlushedData, changes: Changes, length: number | undefined) {
    this.#options = options
    this.#data = data
    this.#changes = changes
    this.#length = length
  }

  static async open(options: SpoolFileOptions): Promise<SpoolFile> {
    const { path } = options
    const { length, recorded } = await spoolRecord(path)
    const changes = new Changes()
    const data = await FlushedData.open(path, Math.min(recorded, length ?? 0), () => changes.notify())
    return new SpoolFile(options, data, changes, length)
  }

  get length(): number | undefined {
    return this.#length
  }

  get offset(): number {
    return this.#data.flushed
  }

  /** Whether it was let go. */
  get closed(): boolean {
    return this.#closed
  }

  async begin(length: number): Promise<void> {
    const { path, name, makeRoom } = this.#options
    this.#beginning++
    await this.#onDisk(async () => {
      this.#length = undefined
      await this.#data.clear()
      await makeRoom(length)
      await (await replaceDurably(`${path}.json`, `${JSON.stringify({ name, length })}\n`)).close()
    })
    this.#length = length
    this.#changes.notify()
  }

  writer(): ByteWriter {
    const beginning = this.#beginning
    return {
      append: (chunk) => this.#append(chunk, beginning),
      commit: () => this.#commit(beginning),
    }
  }

  async #append(chunk: Uint8Array, beginning: number): Promise<void> {
    await this.#onDisk(async () => {
      if (beginning !== this.#beginning) throw begunAnew()
      await this.#data.append(chunk)
    })
    await this.#data.keepUp()
  }

  async #commit(beginning: number): Promise<void> {
    await this.#onDisk(async () => {
      if (beginning !== this.#beginning) throw begunAnew()
      await this.#data.flush()
    })
  }

  async *read(offset: number, signal: AbortSignal): ByteStream {
    const beginning = this.#beginning
    // Lent until the next chunk is asked for.
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    let position = offset
    while (position < (this.#length ?? 0)) {
      if (beginning !== this.#beginning || this.#closed) throw sourceChanged('the upload')
      const wanted = Math.min(READ_BYTES, this.#data.flushed - position)
      if (wanted <= 0) {
        await this.#changes.wait({ signal })
        continue
      }
      const bytesRead = await this.#data.read(buffer, wanted, position)
      if (bytesRead === 0) throw new Error(`the spooled file ends at byte ${position}, before what was acknowledged`)
      if (beginning !== this.#beginning) throw sourceChanged('the upload')
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  /** Nothing is lost: the bytes are on disk. */
  lost(): void {}

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#beginning++
    this.#changes.notify()
    await this.#turn
    // What came and was not acknowledged yet counts too: the client need not send it to the next owner.
    await this.#data.close()
  }

  async #onDisk(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.#closed) throw uploadClosed()
      await this.#data.check()
      await work()
    })
    this.#turn = turn.catch(() => {})
    try {
      await turn
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
      throw new UploadError(507, 'SpoolFull', "the operator's spool is full; what was acknowledged is kept", 300)
    }
  }
}

function begunAnew(): UploadError {
  return new UploadError(409, 'UploadBegunAnew', 'the upload was begun anew by another request')
}
