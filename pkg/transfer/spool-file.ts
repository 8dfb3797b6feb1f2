import { constants } from 'node:fs'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import type { ByteStore, ByteWriter } from './byte-store.ts'
import { Changes } from './changes.ts'
import { sourceChanged } from './resumed.ts'
import type { ByteStream } from './source.ts'
import { UploadError } from './upload-error.ts'

/** Bytes and time between two calls of fdatasync: what a crash can cost a client that sends one long PATCH. */
const SYNC_BYTES = 16 * 1_024 ** 2
const SYNC_MS = 1_000
/** Larger buffers are mapped and unmapped one by one, which costs more than the calls that they save. */
const READ_BYTES = 64 * 1_024
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
 */
export class SpoolFile implements ByteStore {
  readonly durable = true
  readonly #options: SpoolFileOptions
  readonly #data: FileHandle
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
    const length = await readLength(`${path}.json`)
    const data = await open(`${path}.data`, NEW_OR_OLD, 0o600)
    const record = await open(`${path}.offset`, NEW_OR_OLD, 0o600)
    const recorded = Number((await record.readFile('utf8')).trim() || '0')
    const { size } = await data.stat()
    const offset = length === undefined || !Number.isSafeInteger(recorded) ? 0 : Math.min(recorded, size, length)
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

  async begin(length: number): Promise<void> {
    const { path, name, makeRoom } = this.#options
    this.#beginning++
    await this.#onDisk(async () => {
      await this.#flushing
      this.#written = this.#committed = 0
      this.#length = undefined
      await this.#writeOffset(0)
      await this.#data.truncate(0)
      await makeRoom(length)
      await writeDurably(`${path}.json`, `${JSON.stringify({ name, length })}\n`)
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
    let position = offset
    while (position < (this.#length ?? 0)) {
      if (beginning !== this.#beginning || this.#closed) throw sourceChanged('the upload')
      const wanted = Math.min(READ_BYTES, this.#committed - position)
      if (wanted <= 0) {
        await this.#changes.wait({ signal })
        continue
      }
      const { bytesRead, buffer } = await this.#data.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, position)
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
    await Promise.all([this.#data.close(), this.#record.close()])
  }

  async #writeOffset(offset: number): Promise<void> {
    // A fixed width in one sector: never half old, half new.
    await this.#record.write(`${String(offset).padStart(20)}\n`, 0)
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
      if (this.#closed) throw new UploadError(404, 'UploadClosed', 'the upload was closed')
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

async function readLength(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  const { length } = JSON.parse(text) as { length?: unknown }
  return typeof length === 'number' ? length : undefined
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
