import { Agent, buildConnector, type Dispatcher, request } from 'undici'
import type { CloudProfile } from './cloud-profile.ts'
import { connectionError } from './connection-errors.ts'
import { withLingeringWrites } from './lingering-socket.ts'
import type { Method, StreamBody } from './request.ts'

/** Makes undici connectors; `AddressPolicy.connector` is one that refuses addresses. */
export type ConnectorFactory = (options: buildConnector.BuildOptions) => buildConnector.connector

export interface DispatcherOptions {
  connector?: ConnectorFactory | undefined
  /** Milliseconds for DNS, TCP and TLS together. */
  connectTimeoutMs?: number
}

/** The connections to one cloud: kept alive, with its certificates. Close it with the cloud. */
export function createDispatcher(
  profile: Pick<CloudProfile, 'cacert' | 'verify'>,
  options: DispatcherOptions = {},
): Agent {
  const connector = (options.connector ?? buildConnector)({
    timeout: options.connectTimeoutMs ?? 10_000,
    rejectUnauthorized: profile.verify,
    ...(profile.cacert === undefined ? {} : { ca: profile.cacert }),
  })
  return new Agent({
    connect: withLingeringWrites(connector),
    connections: 256,
    pipelining: 1,
    // Shorter than any server's or proxy's, so that we close first; a server's own hint shortens it further.
    keepAliveTimeout: 4_000,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
  })
}

/** A request as it goes over the wire. */
export interface WireRequest {
  /** For errors. */
  service: string
  url: string
  method: Method
  headers: Readonly<Record<string, string>>
  body?: string | undefined
  stream?: StreamBody | undefined
  /** Bytes of `stream`, where known. */
  size?: number | undefined
  /** Milliseconds from the last byte sent to the first byte of the answer. */
  headersTimeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

export interface WireAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/**
 * Sends one request and reads the whole answer. Rejects with a failure of the connection (`OpenStackError`,
 * Unavailable), the reason of the signal, or what the stream itself failed with. A stream is always used up or closed.
 */
export async function send(dispatcher: Dispatcher, wire: WireRequest): Promise<WireAnswer> {
  const source = wire.stream === undefined ? undefined : new Source(wire.stream)
  const length = source !== undefined && wire.size !== undefined ? { 'content-length': String(wire.size) } : {}
  try {
    const answer = await request(wire.url, {
      dispatcher,
      method: wire.method,
      headers: { ...wire.headers, ...length },
      body: (source?.chunks() ?? wire.body ?? null) as Dispatcher.DispatchOptions['body'],
      ...(wire.headersTimeoutMs === undefined ? {} : { headersTimeout: wire.headersTimeoutMs }),
      ...(wire.signal === undefined ? {} : { signal: wire.signal }),
    } as Parameters<typeof request>[1])
    return { status: answer.statusCode, headers: plainHeaders(answer.headers), body: await answer.body.text() }
  } catch (error) {
    if (wire.signal?.aborted) throw wire.signal.reason
    if (source?.failure !== undefined) throw source.failure.reason
    throw connectionError(error, wire)
  } finally {
    source?.close()
  }
}

/** A body that remembers whether it was the one to fail, and can be closed while nobody reads it. */
class Source {
  readonly #stream: StreamBody
  failure: { reason: unknown } | undefined
  #closed = false

  constructor(stream: StreamBody) {
    this.#stream = stream
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#stream) yield chunk
    } catch (reason) {
      if (!this.#closed) this.failure = { reason }
      throw reason
    }
  }

  close(): void {
    this.#closed = true
    if ('destroy' in this.#stream && typeof this.#stream.destroy === 'function') this.#stream.destroy()
  }
}

function plainHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}
