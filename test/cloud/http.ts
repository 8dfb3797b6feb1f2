import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Token } from './identity-store.ts'

/** One request as a service's handler sees it: the path is relative to the service's endpoint. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The path's parameters, in the order of the pattern's groups, decoded. */
  readonly params: readonly string[]
  readonly requestId: string
  /** The valid token of the request's X-Auth-Token, if it has one. */
  readonly token: Token | undefined
  /** The body as it arrives; errors when the client goes away. */
  readonly body: Readable
  /** Where the whole cloud is reached, without a trailing slash. */
  readonly origin: string
}

/** What a handler answers. Objects become JSON, except buffers. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object | string | Buffer
}

/** An error answer; each service renders it in its own way. */
export class HttpError extends Error {
  readonly status: number
  readonly detail: string | undefined
  readonly headers: Readonly<Record<string, string>>

  /** `detail` follows the standard explanation of the code where the service says only that. */
  constructor(status: number, explanation: string, headers: Record<string, string> = {}, detail?: string) {
    super(explanation)
    this.status = status
    this.detail = detail
    this.headers = headers
  }
}

/** What routes are found by. */
export type Routed = Pick<Call, 'method' | 'path' | 'params'>

export type Handler<C extends Routed = Call, R = Reply | Promise<Reply>> = (call: C) => R

/** A service of the cloud, behind the path `/<name>`. */
export interface Service {
  readonly name: string
  handle(call: Call): Promise<Reply>
}

interface Route<C extends Routed, R> {
  readonly method: string
  readonly pattern: RegExp
  readonly handler: Handler<C, R>
}

/** A table of routes; 404 and 405 (with Allow) as the services answer them. */
export class Router<C extends Routed = Call, R = Reply | Promise<Reply>> {
  readonly #routes: Route<C, R>[] = []

  /** `path` is literal but for `{}`, which takes one segment. */
  on(method: string, path: string, handler: Handler<C, R>): this {
    const pattern = path.replaceAll(/[.]/g, '\\.').replaceAll('{}', '([^/]+)')
    this.#routes.push({ method, pattern: new RegExp(`^${pattern}$`), handler })
    return this
  }

  handle(call: C): R {
    const allowed: string[] = []
    for (const route of this.#routes) {
      const match = route.pattern.exec(call.path)
      if (!match) continue
      if (route.method === call.method) return route.handler({ ...call, params: match.slice(1).map(decodeSegment) })
      allowed.push(route.method)
    }
    if (allowed.length === 0) throw new HttpError(404, 'The resource could not be found.')
    throw new HttpError(405, `The method ${call.method} is not allowed for this resource. `, {
      allow: allowed.join(', '),
    })
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The whole body; bodies of JSON requests are small. */
export async function readBody(call: Call): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of call.body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  416: 'Requested Range Not Satisfiable',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
}
