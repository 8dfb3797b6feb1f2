import { Agent, type Dispatcher } from 'undici'

/** Where the API server is, and how to prove who we are. */
export interface Connection {
  /** Scheme, host, port and perhaps a path before the API. */
  readonly server: URL
  /** The namespace of the context, or the one the process runs in. */
  readonly namespace: string | undefined
  /** What the next request needs; credentials that change are read again. */
  prepare(signal?: AbortSignal): Promise<{ dispatcher: Dispatcher; headers: Record<string, string> }>
  /** After a 401: reads the credentials again. False where that makes no difference. */
  renew(): Promise<boolean>
  /** Closes idle connections and waits for running requests. */
  close(): Promise<void>
}

/** A connection with a fixed token, or none: for tests. */
export function plainConnection(options: { server: string; token?: string; ca?: string }): Connection {
  const dispatcher = new Agent({ allowH2: false, connect: { ca: options.ca } })
  return {
    server: new URL(options.server),
    namespace: undefined,
    prepare: async () => ({ dispatcher, headers: options.token ? { authorization: `Bearer ${options.token}` } : {} }),
    renew: async () => false,
    close: () => dispatcher.close(),
  }
}
