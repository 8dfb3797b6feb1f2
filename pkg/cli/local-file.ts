import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { CliError, EXIT } from './exit-code.ts'

const CHUNK_BYTES = 1024 * 1024

/** A file that is being uploaded. It must stay as it is meanwhile: resuming would mix two contents. */
export class LocalFile {
  readonly path: string
  readonly size: number
  readonly #handle: FileHandle
  readonly #modifiedMs: number

  private constructor(path: string, handle: FileHandle, size: number, modifiedMs: number) {
    this.path = path
    this.size = size
    this.#handle = handle
    this.#modifiedMs = modifiedMs
  }

  /** Errors: not there, not readable, a directory, empty. */
  static async open(path: string): Promise<LocalFile> {
    const handle = await open(path, 'r').catch((error: unknown) => {
      throw unreadable(path, error)
    })
    const stat = await handle.stat()
    if (stat.isFile() && stat.size > 0) return new LocalFile(path, handle, stat.size, stat.mtimeMs)
    await handle.close()
    throw new CliError(`${path} ${stat.isFile() ? 'is empty' : 'is not a regular file'}`, EXIT.usage)
  }

  /** Last part of the path. */
  get name(): string {
    return basename(this.path)
  }

  /** The first `length` bytes, or fewer where the file is shorter. */
  async head(length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.min(length, this.size))
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  }

  /** A fixed VHD has its mark in the last 512 bytes only. */
  async hasVhdFooter(): Promise<boolean> {
    if (this.size < 512) return false
    const mark = Buffer.alloc(8)
    await this.#handle.read(mark, 0, mark.length, this.size - 512)
    return mark.toString('latin1') === 'conectix'
  }

  /** Exactly `length` bytes from `offset` on, or an error. */
  async *read(offset: number, length: number): AsyncGenerator<Buffer> {
    const end = offset + length
    for (let at = offset; at < end; ) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at))
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, at).catch((error: unknown) => {
        throw unreadable(this.path, error)
      })
      if (bytesRead === 0) throw this.#changed()
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  /** Throws where the file was written to since it was opened. */
  async assertUnchanged(): Promise<void> {
    const { size, mtimeMs } = await this.#handle.stat()
    if (size !== this.size || mtimeMs !== this.#modifiedMs) throw this.#changed()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  #changed(): CliError {
    return new CliError(
      `${this.path} changed while it was being sent; delete the Image (kubectl delete image …) and upload it again`,
    )
  }
}

function unreadable(path: string, error: unknown): CliError {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR') return new CliError(`there is no file ${path}`, EXIT.notFound)
  if (code === 'EACCES') return new CliError(`${path} cannot be read: permission denied`)
  return new CliError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, EXIT.failed, {
    cause: error,
  })
}
