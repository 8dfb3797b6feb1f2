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

interface Opened {
  key: string
  session: Promise<UploadSession>
}

/** The uploads of this replica, by the uid of the object that they are for. */
export class Uploads {
  readonly #options: UploadsOptions
  readonly #sessions = new Map<string, Opened>()
  /** What is being let go; whoever opens it again waits for that. */
  readonly #closing = new Map<string, { key: string; closed: Promise<void> }>()
  readonly #listeners = new Set<(key: string) => void>()

  constructor(options: UploadsOptions = {}) {
    this.#options = options
  }

  /** The object's session; made at the first call, with what the spool has of it. */
  open(object: UploadObject): Promise<UploadSession> {
    const { uid, key } = object
    const existing = this.#sessions.get(uid)
    if (existing !== undefined) return existing.session
    const session = this.#make(object)
    this.#sessions.set(uid, { key, session })
    session.catch(() => {
      if (this.#sessions.get(uid)?.session === session) this.#sessions.delete(uid)
    })
    return session
  }

  /** The object's session, if it was opened. */
  async get(uid: string): Promise<UploadSession | undefined> {
    return this.#sessions.get(uid)?.session
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
    const opened = this.#sessions.get(uid)
    if (opened === undefined) return await this.#closing.get(uid)?.closed
    this.#sessions.delete(uid)
    const closed = opened.session
      .then(
        (session) => session.close(),
        () => {},
      )
      .finally(() => this.#closing.delete(uid))
    this.#closing.set(uid, { key: opened.key, closed })
    await closed
  }

  /** Ends all sessions of such objects. Once it resolves, another process may go on with what is spooled. */
  async release(concerns: (key: string) => boolean): Promise<void> {
    const open = [...this.#sessions].filter(([, { key }]) => concerns(key)).map(([uid]) => this.close(uid))
    const closing = [...this.#closing.values()].filter(({ key }) => concerns(key)).map(({ closed }) => closed)
    await Promise.all([...open, ...closing])
  }

  /** The uids of all objects that have spooled bytes, those of other processes on the same directory included. */
  async spooled(): Promise<string[]> {
    return (await this.#options.spool?.uids()) ?? []
  }

  async #make({ uid, key, size, maxBytes }: UploadObject): Promise<UploadSession> {
    const { spool, readerTimeoutMs } = this.#options
    await this.#closing.get(uid)?.closed
    const store = spool === undefined ? new Conduit({ readerTimeoutMs }) : await spool.file(uid, key)
    const session = new UploadSession({ name: key, store, size, maxBytes })
    session.subscribe(() => {
      for (const listener of this.#listeners) listener(key)
    })
    return session
  }
}
