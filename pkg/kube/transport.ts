import { setTimeout as delay } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import manifest from '../../package.json' with { type: 'json' }
import { Failure } from '../failure/failure.ts'
import type { Connection, Prepared } from './connection.ts'
import { KubeError, type KubeStatus, kubeError, kubeUnreachable, type ResponseHeaders } from './errors.ts'
import { LinkedSignal } from './linked-signal.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One call to the API server. */
export interface KubeRequest {
  method: Method
  /** From the root of the API server: `/apis/apps/v1/…`. */
  path: string
  /** `undefined` values are left out. */
  query?: Record<string, string | number | boolean | undefined>
  /** Sent as JSON. */
  body?: unknown
  /** Default `application/json`. */
  contentType?: string
  signal?: AbortSignal | undefined
  /** The whole exchange must be over by then. Default: the client's `requestTimeoutMs`. Not for streams. */
  timeoutMs?: number
}

/** What is told about every exchange, for `rest_client_requests_total`. */
export interface Exchange {
  method: Method
  host: string
  /** The HTTP status, or `<error>` where there was no answer (client-go's label). */
  code: string
  seconds: number
}

export interface TransportOptions {
  connection: Connection
  /** Default `auxo/<version>`. */
  userAgent?: string
  /** Default 30 s. */
  requestTimeoutMs?: number
  onExchange?: (exchange: Exchange) => void
  /** A `Warning` header of the API server: unknown fields, deprecated versions. */
  onWarning?: (text: string, call: { method: Method; path: string }) => void
}

type Headers = Record<string, string | string[]>

const maxAttempts = 3

/** HTTP to one API server: credentials, time limits, safe retries, errors. */
export class Transport {
  readonly #connection: Connection
  readonly #userAgent: string
  readonly #timeoutMs: number
  readonly #onExchange: TransportOptions['onExchange']
  readonly #onWarning: TransportOptions['onWarning']

  constructor({ connection, userAgent, requestTimeoutMs, onExchange, onWarning }: TransportOptions) {
    this.#connection = connection
    this.#userAgent = userAgent ?? `auxo/${manifest.version}`
    this.#timeoutMs = requestTimeoutMs ?? 30_000
    this.#onExchange = onExchange
    this.#onWarning = onWarning
  }

  /** The answer's JSON. Throws `KubeError`, or the signal's reason. */
  async json<T>(request: KubeRequest): Promise<T> {
    using limit = new LinkedSignal([request.signal])
    const ms = request.timeoutMs ?? this.#timeoutMs
    const timer = setTimeout(() => limit.abort(timeout(ms)), ms)
    try {
      return await this.#withRetries(request, limit.signal, async (response) => {
        const text = await response.body.text()
        return (text === '' ? {} : JSON.parse(text)) as T
      })
    } finally {
      clearTimeout(timer)
    }
  }

  /** The answer's body as it comes; a pause of `silenceMs` between bytes ends it with an error. */
  async stream(request: KubeRequest, silenceMs: number): Promise<AsyncIterable<Buffer>> {
    const signal = request.signal ?? new AbortController().signal
    const body = await this.#withRetries(request, signal, async (response) => response.body, silenceMs)
    return this.#chunks(request, body)
  }

  async *#chunks(request: KubeRequest, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* body
    } catch (error) {
      throw request.signal?.aborted
        ? request.signal.reason
        : kubeUnreachable(request, this.#connection.server.origin, error)
    }
  }

  async #withRetries<T>(
    request: KubeRequest,
    signal: AbortSignal,
    read: (response: Dispatcher.ResponseData) => Promise<T>,
    silenceMs?: number,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const prepared = await this.#prepare(request)
      try {
        return await this.#exchange(request, prepared, signal, read, silenceMs)
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason
        const pauseMs = attempt < maxAttempts ? await this.#retryAfterMs(request, prepared, error, attempt) : undefined
        if (pauseMs === undefined || signal.aborted) throw error
        await delay(pauseMs, undefined, { signal }).catch(() => {
          throw request.signal?.aborted ? request.signal.reason : error
        })
      }
    }
  }

  /** How long to wait before the same request may safely be sent again; undefined: never. */
  async #retryAfterMs(
    request: KubeRequest,
    prepared: Prepared,
    error: unknown,
    attempt: number,
  ): Promise<number | undefined> {
    if (!(error instanceof KubeError)) return undefined
    if (error.status === 429 && error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000
    if (error.status === 401 && attempt === 1 && (await this.#connection.renew(prepared))) return 0
    if (error.status === undefined && request.method === 'GET') return 100 * 2 ** attempt * (0.5 + Math.random())
    return undefined
  }

  async #prepare(request: KubeRequest): Promise<Prepared> {
    try {
      return await this.#connection.prepare()
    } catch (error) {
      throw error instanceof Failure ? error : kubeUnreachable(request, this.#connection.server.origin, error)
    }
  }

  async #exchange<T>(
    request: KubeRequest,
    { dispatcher, headers }: Prepared,
    signal: AbortSignal,
    read: (response: Dispatcher.ResponseData) => Promise<T>,
    silenceMs: number | undefined,
  ): Promise<T> {
    const server = this.#connection.server
    const started = performance.now()
    let code = '<error>'
    try {
      const response = await dispatcher.request({
        origin: server.origin,
        path: pathOf(server, request),
        method: request.method,
        headers: this.#headers(request, headers),
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal,
        headersTimeout: silenceMs ?? 0,
        bodyTimeout: silenceMs ?? 0,
      })
      code = String(response.statusCode)
      this.#warn(request, response.headers)
      if (response.statusCode >= 400) throw await refusal(request, response)
      return await read(response)
    } catch (error) {
      if (error instanceof Failure) throw error
      throw kubeUnreachable(request, server.origin, signal.aborted ? signal.reason : error)
    } finally {
      const seconds = (performance.now() - started) / 1000
      this.#onExchange?.({ method: request.method, host: server.host, code, seconds })
    }
  }

  #headers(request: KubeRequest, credentials: Headers): Headers {
    const headers: Headers = {
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...credentials,
    }
    if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json'
    return headers
  }

  #warn(request: KubeRequest, headers: ResponseHeaders): void {
    const warnings = headers['warning']
    if (warnings === undefined || this.#onWarning === undefined) return
    for (const warning of [warnings].flat()) {
      // RFC 9111, 5.5: code, agent, quoted text.
      this.#onWarning(/^\d{3} \S+ "(.*)"/.exec(warning)?.[1] ?? warning, request)
    }
  }
}

function pathOf(server: URL, { path, query = {} }: KubeRequest): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  const base = server.pathname.replace(/\/$/, '')
  return search.size === 0 ? base + path : `${base}${path}?${search}`
}

async function refusal(request: KubeRequest, response: Dispatcher.ResponseData): Promise<KubeError> {
  const text = await response.body.text()
  return kubeError(request, response.statusCode, statusIn(text), response.headers)
}

/** Proxies and the API server's outer handlers answer in plain text. */
function statusIn(text: string): KubeStatus {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null) return body
  } catch {
    // Not JSON: the text itself is the message.
  }
  return { message: text.trim().slice(0, 500) }
}

/** With the code of undici's own time limits. */
function timeout(ms: number): Error {
  return Object.assign(new Error(`no answer within ${ms} ms`), { code: 'UND_ERR_HEADERS_TIMEOUT' })
}
