import { mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { SpoolFile } from './spool-file.ts'
import { UploadError } from './upload-error.ts'

export interface SpoolOptions {
  /** A directory on a volume. Replicas may share it (ReadWriteMany): only an object's owner opens its files. */
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
    if (existing !== undefined) return existing
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
    const endings = ['data', 'json', 'offset', 'json.new']
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
    let promised = this.#reserveBytes
    for (const [other, file] of this.#files) {
      if (other !== uid && file.length !== undefined) promised += file.length - file.offset
    }
    const free = bavail * bsize - promised
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
