import { Readable } from 'node:stream'
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher } from 'undici'
import { type TusCall, tusRefusal, tusUnreachable } from './tus-error.ts'

/** Version of the protocol (https://tus.io/protocols/resumable-upload). */
const TUS_VERSION = '1.0.0'

export interface TusClientOptions {
  /** Where uploads are made and continued. */
  url: URL
  /** Proves that this client may upload; sent as a bearer token. */
  ticket: string
  /** Certificates (PEM) to trust beside the system's. */
  ca?: string | undefined
  /** Takes any certificate. */
  insecureSkipTlsVerify?: boolean | undefined
}

/** What the server holds of an upload. */
export interface TusState {
  offset: number
  /** Bytes altogether, where the server says it. */
  length: number | undefined
  /** Why the offset went back to 0, where the server says it (a header of our gateway). */
  resetReason?: string | undefined
}

interface TusRequest {
  headers?: Record<string, string>
  bytes?: AsyncIterable<Buffer>
  signal: AbortSignal
}

/** The client's side of tus 1.0: creation, offset, bytes. One request each; who repeats them is `ResumableUpload`. */
export class TusClient {
  readonly #agent: Agent
  readonly #ticket: string
  #url: URL

  constructor({ url, ticket, ca, insecureSkipTlsVerify }: TusClientOptions) {
    this.#url = url
    this.#ticket = ticket
    const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }
    this.#agent = new Agent({
      connect: { ...trusted, rejectUnauthorized: insecureSkipTlsVerify !== true, timeout: 15_000 },
    })
  }

  /** How much the server has, or that there is no upload yet, or that its content was refused for good. */
  async state(signal: AbortSignal): Promise<TusState | 'None' | 'Rejected'> {
    const call = this.#call('HEAD', 'tell how much it has')
    const answer = await this.#request(call, { signal })
    await answer.body.dump()
    if (answer.statusCode === 404) return 'None'
    if (answer.statusCode === 410) return 'Rejected'
    // An answer to HEAD has no words of its own.
    const words = answer.statusCode === 423 ? 'it takes no bytes just now' : ''
    if (!isSuccess(answer)) throw tusRefusal(call, answer.statusCode, words, answer.headers['retry-after'])
    const offset = numberIn(answer, 'upload-offset')
    if (offset === undefined) throw tusRefusal(call, answer.statusCode, 'it does not speak tus')
    const reason = answer.headers['upload-reset-reason']
    const resetReason = typeof reason === 'string' && reason !== '' ? reason : undefined
    return { offset, length: numberIn(answer, 'upload-length'), resetReason }
  }

  /** Begins an upload of `length` bytes; later requests go where the server says. */
  async create(length: number, filename: string, signal: AbortSignal): Promise<void> {
    const call = this.#call('POST', 'begin the upload')
    const answer = await this.#request(call, {
      headers: {
        'upload-length': String(length),
        'upload-metadata': `filename ${Buffer.from(filename).toString('base64')}`,
        'content-length': '0',
      },
      signal,
    })
    const text = await textOf(answer)
    if (answer.statusCode !== 201) throw tusRefusal(call, answer.statusCode, text, answer.headers['retry-after'])
    const location = answer.headers['location']
    if (typeof location !== 'string') return
    const next = new URL(location, this.#url)
    // The ticket goes only to the server that the cluster named.
    if (next.origin !== this.#url.origin) throw tusRefusal(call, answer.statusCode, `it points to ${next.origin}`)
    this.#url = next
  }

  /** Sends `length` bytes from `offset` on; the server's new offset. */
  async send(bytes: AsyncIterable<Buffer>, offset: number, length: number, signal: AbortSignal): Promise<number> {
    const call = this.#call('PATCH', 'take the bytes')
    const answer = await this.#request(call, {
      headers: {
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
        'content-length': String(length),
      },
      bytes,
      signal,
    })
    const text = await textOf(answer)
    const next = numberIn(answer, 'upload-offset')
    if (!isSuccess(answer) || next === undefined) {
      throw tusRefusal(call, answer.statusCode, text, answer.headers['retry-after'])
    }
    return next
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #request(call: TusCall, { headers, bytes, signal }: TusRequest): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#agent.request({
        origin: this.#url.origin,
        path: this.#url.pathname + this.#url.search,
        method: call.method,
        headers: { 'tus-resumable': TUS_VERSION, authorization: `Bearer ${this.#ticket}`, ...headers },
        body: bytes === undefined ? null : Readable.from(bytes, { objectMode: false }),
        signal,
      })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw tusUnreachable(call, error)
    }
  }

  #call(method: TusCall['method'], what: string): TusCall {
    return { method, what, origin: this.#url.origin }
  }
}

function isSuccess(answer: Dispatcher.ResponseData): boolean {
  return answer.statusCode >= 200 && answer.statusCode < 300
}

function numberIn(answer: Dispatcher.ResponseData, name: string): number | undefined {
  const value = answer.headers[name]
  return typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : undefined
}

/** The first line of an answer, for messages; gateways answer in plain text or JSON with a `message`. */
async function textOf(answer: Dispatcher.ResponseData): Promise<string> {
  const text = await answer.body.text().catch(() => '')
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // Plain text.
  }
  return text.trim().split('\n')[0]?.slice(0, 300) ?? ''
}
