import { isDeepStrictEqual } from 'node:util'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { type Access, type AccessOptions, type AccessSource, accessSource } from './access.ts'

/** What a request is sent with. */
export interface Prepared {
  dispatcher: Dispatcher
  headers: Record<string, string | string[]>
}

/** Where the API server is, and how to prove who we are. */
export interface Connection {
  /** Scheme, host, port and perhaps a path before the API. */
  readonly server: URL
  /** The namespace of the context, or the one the process runs in. */
  readonly namespace: string | undefined
  /** What the next request needs; credentials that change are read again. */
  prepare(): Promise<Prepared>
  /** After a 401 to what was prepared: true when there are other credentials now, read again if need be. */
  renew(refused: Prepared): Promise<boolean>
  /** Closes idle connections and waits for running requests. */
  close(): Promise<void>
}

/**
 * A connection as kubectl would make it: a kubeconfig (file, $KUBECONFIG, ~/.kube/config) or the pod's service account.
 * Throws a `Failure` that names the file and the key that is wrong.
 */
export async function loadConnection(options: AccessOptions = {}): Promise<Connection> {
  const source = accessSource(options)
  return new RenewingConnection(source, await source(false), () => performance.now())
}

/** A connection with a fixed token, or none: for tests. */
export function plainConnection(options: { server: string; token?: string; ca?: string }): Connection {
  const access: Access = {
    server: new URL(options.server),
    namespace: undefined,
    tls: options.ca === undefined ? {} : { ca: Buffer.from(options.ca) },
    proxy: undefined,
    headers: options.token ? { authorization: `Bearer ${options.token}` } : {},
    maxAgeMs: Number.POSITIVE_INFINITY,
  }
  return new RenewingConnection(
    async () => access,
    access,
    () => 0,
  )
}

/** One pool of connections, and credentials that are read again when they grow old or are refused. */
export class RenewingConnection implements Connection {
  readonly server: URL
  readonly namespace: string | undefined
  readonly #source: AccessSource
  readonly #now: () => number
  #access: Access
  #readAt: number
  #dispatcher: Dispatcher
  #reading: Promise<void> | undefined

  constructor(source: AccessSource, first: Access, now: () => number) {
    this.#source = source
    this.#now = now
    this.#access = first
    this.#readAt = now()
    this.#dispatcher = dispatcherFor(first)
    this.server = first.server
    this.namespace = first.namespace
  }

  async prepare(): Promise<Prepared> {
    if (this.#now() - this.#readAt >= this.#access.maxAgeMs) await this.#read(false)
    return { dispatcher: this.#dispatcher, headers: this.#access.headers }
  }

  async renew({ dispatcher, headers }: Prepared): Promise<boolean> {
    const differs = () => this.#dispatcher !== dispatcher || !isDeepStrictEqual(this.#access.headers, headers)
    if (!differs()) await this.#read(true)
    return differs()
  }

  async close(): Promise<void> {
    await this.#dispatcher.close()
  }

  /** Once for all who ask at the same time. */
  #read(fresh: boolean): Promise<void> {
    this.#reading ??= this.#readOnce(fresh).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readOnce(fresh: boolean): Promise<void> {
    const before = this.#access
    const access = await this.#source(fresh)
    this.#readAt = this.#now()
    this.#access = access
    if (isDeepStrictEqual([before.tls, before.proxy], [access.tls, access.proxy])) return
    const old = this.#dispatcher
    this.#dispatcher = dispatcherFor(access)
    // Running requests and streams end on the old connections.
    old.close().catch(() => undefined)
  }
}

/**
 * HTTP/1.1: one connection for each request at a time, as many as there are workers and streams. Idle ones are kept
 * for less than the 90 s after which the API server closes them.
 */
function dispatcherFor({ tls, proxy }: Access): Dispatcher {
  const common = { allowH2: false, keepAliveTimeout: 60_000, connections: 256 }
  const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000 }
  if (proxy !== undefined) return new ProxyAgent({ ...common, uri: proxy, requestTls: connect })
  return new Agent({ ...common, connect })
}
