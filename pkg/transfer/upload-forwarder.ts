import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Agent, type Dispatcher, request as send } from 'undici'
import { hasBody } from './answer.ts'
import type { ByteStream } from './source.ts'
import { UploadError } from './upload-error.ts'

/** Marks a request that one replica sent to another: it goes no further. */
export const FORWARDED_HEADER = 'auxo-forwarded'

/** Headers that belong to one connection (RFC 9110 §7.6.1), or that the new one makes itself. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export interface UploadForwarderOptions {
  /** Connections to other replicas; give one that trusts their certificate. */
  dispatcher?: Dispatcher
  /** How often, in milliseconds, the owner is looked at while bytes flow. Default 2,000. */
  checkMs?: number
}

/** Hands requests to the replica that owns the upload, both bodies streaming. */
export class UploadForwarder {
  readonly #dispatcher: Dispatcher
  readonly #checkMs: number

  constructor({ dispatcher, checkMs = 2_000 }: UploadForwarderOptions = {}) {
    // An answer to a PATCH comes after all its bytes, however long that takes.
    this.#dispatcher = dispatcher ?? new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 5_000 } })
    this.#checkMs = checkMs
  }

  /** Forwards until the answer is through, or `stillOwner` says that the other replica is no more the one. */
  async forward(
    request: IncomingMessage,
    response: ServerResponse,
    url: string,
    stillOwner: () => boolean,
  ): Promise<void> {
    const ended = new AbortController()
    const gone = () => ended.abort(new Error('the client went away'))
    response.once('close', gone)
    const check = setInterval(() => {
      if (!stillOwner()) ended.abort(new Error('another replica took over'))
    }, this.#checkMs).unref()
    try {
      const answer = await send(new URL(request.url ?? '/', url), {
        dispatcher: this.#dispatcher,
        method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
        headers: { ...passedOn(request.headers), [FORWARDED_HEADER]: '1' },
        body: hasBody(request) ? Readable.from(bytesOf(request), { objectMode: false }) : null,
        signal: ended.signal,
      })
      if (!request.complete) response.shouldKeepAlive = false
      response.writeHead(answer.statusCode, passedOn(answer.headers))
      await pipeline(answer.body, response)
    } catch (error) {
      if (response.destroyed) return
      if (response.headersSent) return void response.destroy()
      const detail = (error as NodeJS.ErrnoException).code ?? (error as Error).message
      throw new UploadError(
        503,
        'OwnerUnreachable',
        `the replica that owns the upload cannot be reached (${detail})`,
        2,
      )
    } finally {
      clearInterval(check)
      response.off('close', gone)
    }
  }

  /** Lets go of the connections to other replicas. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }
}

/** The body, which stays open for the answer when reading it is given up. */
function bytesOf(request: IncomingMessage): ByteStream {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) }
}

function passedOn(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !OF_THE_CONNECTION.has(name)) passed[name] = value
  }
  return passed
}
