import { Conduit } from './conduit.ts'
import type { Spool } from './spool.ts'
import { UploadSession } from './upload-session.ts'

export interface UploadsOptions {
  /** Keeps every acknowledged byte on disk; without it bytes stream straight through. */
  spool?: Spool | undefined
  /** Without a spool: how long a client waits for its transfer to begin. Default 30,000. */
  readerTimeoutMs?: number
}

export interface UploadObject {
  uid: string
  /** `namespace/name`. */
  key: string
  /** Bytes that its spec promises, where it does. */
  size?: number | undefined
  /** The most bytes that it accepts. */
  maxBytes?: number | undefined
}

/** The uploads of this replica, by the uid of the object that they are for. */
export class Uploads {
  readonly #options: UploadsOptions
  readonly #sessions = new Map<string, Promise<UploadSession>>()
  readonly #listeners = new Set<(key: string) => void>()

  constructor(options: UploadsOptions = {}) {
    this.#options = options
  }

  /** The object's session; made at the first call, with what the spool has of it. */
  open(object: UploadObject): Promise<UploadSession> {
    const existing = this.#sessions.get(object.uid)
    if (existing !== undefined) return existing
    const session = this.#make(object)
    this.#sessions.set(object.uid, session)
    session.catch(() => this.#sessions.delete(object.uid))
    return session
  }

  /** The object's session, if it was opened. */
  async get(uid: string): Promise<UploadSession | undefined> {
    return this.#sessions.get(uid)
  }

  /** Calls with the object's key when a client comes, or begins anew after a refusal. Returns the unsubscription. */
  subscribe(listener: (key: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Ends the session and forgets its bytes: the image has them, or the object is gone. */
  async remove(uid: string): Promise<void> {
    await this.close(uid)
    await this.#options.spool?.remove(uid)
  }

  /** Ends the session; what is spooled stays. */
  async close(uid: string): Promise<void> {
    const session = this.#sessions.get(uid)
    this.#sessions.delete(uid)
    await (await session?.catch(() => undefined))?.close()
  }

  /** Removes spooled bytes of objects that are no more; call it once the cache of objects is complete. */
  async sweep(exists: (uid: string) => boolean): Promise<void> {
    for (const uid of (await this.#options.spool?.uids()) ?? []) if (!exists(uid)) await this.remove(uid)
  }

  async #make({ uid, key, size, maxBytes }: UploadObject): Promise<UploadSession> {
    const { spool, readerTimeoutMs } = this.#options
    const store = spool === undefined ? new Conduit({ readerTimeoutMs }) : await spool.file(uid, key)
    const session = new UploadSession({ name: key, store, size, maxBytes })
    session.subscribe(() => {
      for (const listener of this.#listeners) listener(key)
    })
    return session
  }
}
