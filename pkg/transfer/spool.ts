import { mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { SpoolFile } from './spool-file.ts'
import { missingBytes } from './spool-record.ts'
import { UploadError } from './upload-error.ts'

export interface SpoolOptions {
  /**
   * A directory on a volume, of one installation only. Its replicas may share it (ReadWriteMany): only an object's
   * owner opens its files, and closes them before another may own it.
   */
  directory: string
  /** Bytes of the volume that uploads leave free. Default 256 MiB. */
  reserveBytes?: number
}

/** Uploads on disk, by the uid of their object: `<uid>.data`, `<uid>.json` (what it is), `<uid>.offset` (what counts). */
export class Spool {
  readonly #directory: string
  readonly #reserveBytes: number
  readonly #files = new Map<string, SpoolFile>()

  private constructor({ directory, reserveBytes = 256 * 1_024 ** 2 }: SpoolOptions) {
    this.#directory = directory
    this.#reserveBytes = reserveBytes
  }

  /** Makes the directory where there is none; throws where it cannot be written. */
  static async open(options: SpoolOptions): Promise<Spool> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 })
    return new Spool(options)
  }

  /** The object's bytes, those of an earlier life included. */
  async file(uid: string, name: string): Promise<SpoolFile> {
    checkUid(uid)
    const existing = this.#files.get(uid)
    // One that was let go says what was: another process may have gone on since.
    if (existing !== undefined && !existing.closed) return existing
    const file = await SpoolFile.open({
      path: join(this.#directory, uid),
      name,
      makeRoom: (bytes) => this.#checkRoom(uid, bytes),
    })
    this.#files.set(uid, file)
    return file
  }

  /** Removes the object's bytes. */
  async remove(uid: string): Promise<void> {
    checkUid(uid)
    await this.#files.get(uid)?.close()
    this.#files.delete(uid)
    const endings = ['data', 'json', 'offset'].flatMap((ending) => [ending, `${ending}.new`])
    await Promise.all(endings.map((ending) => rm(join(this.#directory, `${uid}.${ending}`), { force: true })))
  }

  /** The uids of all objects that have bytes here. */
  async uids(): Promise<string[]> {
    const names = await readdir(this.#directory)
    return [...new Set(names.flatMap((name) => /^([A-Za-z0-9-]+)\.(data|json|offset)/.exec(name)?.[1] ?? []))]
  }

  /** Throws 507 unless `bytes` more fit beside what is promised to others. */
  async #checkRoom(uid: string, bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#directory)
    // From the files: they tell of other replicas' uploads too, and of those that nobody opened since the start.
    const others = (await this.uids()).filter((other) => other !== uid)
    const promised = await Promise.all(others.map((other) => missingBytes(join(this.#directory, other))))
    const free = bavail * bsize - promised.reduce((sum, missing) => sum + missing, this.#reserveBytes)
    if (bytes <= free) return
    throw new UploadError(
      507,
      'SpoolFull',
      `the upload of ${bytes} bytes does not fit: ${Math.max(0, free)} bytes are free in the operator's spool`,
      300,
    )
  }
}

/** A uid becomes a file name: nothing but what Kubernetes makes may pass. */
function checkUid(uid: string): void {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(uid)) throw new RangeError(`"${uid}" is no uid`)
}
