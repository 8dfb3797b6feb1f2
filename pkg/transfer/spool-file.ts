import { constants } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import type { ByteStore, ByteWriter } from './byte-store.ts'
import { Changes } from './changes.ts'
import { replaceDurably } from './replace-durably.ts'
import { sourceChanged } from './resumed.ts'
import type { ByteStream } from './source.ts'
import { UploadError, uploadClosed } from './upload-error.ts'

/** Bytes and time between two calls of fdatasync: what a crash can cost a client that sends one long PATCH. */
const SYNC_BYTES = 16 * 1_024 ** 2
const SYNC_MS = 1_000
const READ_BYTES = 256 * 1_024
const NEW_OR_OLD = constants.O_RDWR | constants.O_CREAT

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
  #data: FileHandle
  readonly #record: FileHandle
  readonly #changes = new Changes()
  #length: number | undefined
  #written: number
  #committed: number
  #committedTime = performance.now()
  /** Counts beginnings: who belongs to an earlier one has to go. */
  #beginning = 0
  #closed = false
  /** Writes go one after the other; this is the last one. */
  #turn: Promise<unknown> = Promise.resolve()
  #flushing: Promise<void> | undefined
  #failure: { error: unknown } | undefined

  private constructor(options: SpoolFileOptions, data: FileHandle, record: FileHandle, offset: number) {
    this.#options = options
    this.#data = data
    this.#record = record
    this.#written = this.#committed = offset
  }

  static async open(options: SpoolFileOptions): Promise<SpoolFile> {
    const { path } = options
    const { length, recorded } = await recordOf(path)
    const data = await open(`${path}.data`, NEW_OR_OLD, 0o600)
    const { size } = await data.stat()
    const offset = Math.min(recorded, size, length ?? 0)
    const record = await replaceDurably(`${path}.offset`, offsetLine(offset))
    await data.truncate(offset)
    const file = new SpoolFile(options, data, record, offset)
    file.#length = length
    return file
  }

  get length(): number | undefined {
    return this.#length
  }

  get offset(): number {
    return this.#committed
  }

  /** Whether it was let go. */
  get closed(): boolean {
    return this.#closed
  }

  async begin(length: number): Promise<void> {
    const { path, name, makeRoom } = this.#options
    this.#beginning++
    await this.#onDisk(async () => {
      await this.#flushing
      this.#written = this.#committed = 0
      this.#length = undefined
      await this.#writeOffset(0)
      const before = this.#data
      this.#data = await replaceDurably(`${path}.data`, '')
      await before.close()
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
      for (let done = 0; done < chunk.length; ) {
        const { bytesWritten } = await this.#data.write(chunk, done, chunk.length - done, this.#written + done)
        done += bytesWritten
      }
      this.#written += chunk.length
    })
    const ahead = this.#written - this.#committed
    if (ahead >= SYNC_BYTES || performance.now() - this.#committedTime >= SYNC_MS) this.#flushSoon()
    if (ahead >= 4 * SYNC_BYTES) await this.#flushing
  }

  async #commit(beginning: number): Promise<void> {
    await this.#flushing
    await this.#onDisk(async () => {
      if (beginning !== this.#beginning) throw begunAnew()
      this.#flushSoon()
      await this.#flushing
      await this.#checkFlushed()
    })
  }

  /** Flushes while more is being written; the next write or commit throws where that failed. */
  #flushSoon(): void {
    this.#flushing ??= this.#flush()
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .finally(() => {
        this.#flushing = undefined
      })
  }

  async #flush(): Promise<void> {
    this.#committedTime = performance.now()
    const written = this.#written
    if (written === this.#committed) return
    await this.#data.datasync()
    await this.#writeOffset(written)
    this.#committed = written
    this.#changes.notify()
  }

  async *read(offset: number, signal: AbortSignal): ByteStream {
    const beginning = this.#beginning
    // Lent until the next chunk is asked for.
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    let position = offset
    while (position < (this.#length ?? 0)) {
      if (beginning !== this.#beginning || this.#closed) throw sourceChanged('the upload')
      const wanted = Math.min(READ_BYTES, this.#committed - position)
      if (wanted <= 0) {
        await this.#changes.wait({ signal })
        continue
      }
      const { bytesRead } = await this.#data.read(buffer, 0, wanted, position)
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
    await this.#flushing
    try {
      // What came and was not acknowledged yet counts too: the client need not send it to the next owner.
      if (this.#failure === undefined) await this.#flush()
    } finally {
      await Promise.all([this.#data.close(), this.#record.close()])
    }
  }

  async #writeOffset(offset: number): Promise<void> {
    await this.#record.write(offsetLine(offset), 0)
    await this.#record.datasync()
  }

  /** What a failed flush should have kept may be lost, even if a later one succeeds: it is sent again. */
  async #checkFlushed(): Promise<void> {
    if (this.#failure === undefined) return
    const { error } = this.#failure
    await this.#flushing
    this.#failure = undefined
    this.#written = this.#committed
    throw error
  }

  async #onDisk(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.#closed) throw uploadClosed()
      await this.#checkFlushed()
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

/** Bytes that are still to come of the upload at `path` (without ending), whoever takes them. */
export async function missingBytes(path: string): Promise<number> {
  const { length = 0, recorded } = await recordOf(path)
  return Math.max(0, length - recorded)
}

async function recordOf(path: string): Promise<{ length: number | undefined; recorded: number }> {
  const { length } = JSON.parse((await textOf(`${path}.json`)) || '{}') as { length?: unknown }
  const recorded = Number((await textOf(`${path}.offset`)).trim() || '0')
  return {
    length: typeof length === 'number' ? length : undefined,
    recorded: Number.isSafeInteger(recorded) ? recorded : 0,
  }
}

/** Empty where there is no such file. */
async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}

/** A fixed width in one sector: never half old, half new. */
function offsetLine(offset: number): string {
  return `${String(offset).padStart(20)}\n`
}
