import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** What goes wrong at a request; each is used up by one. */
export type Fault =
  /** Answers with this status instead of doing anything. */
  | { on: Method; status: number; headers?: Record<string, string>; text?: string }
  /** Takes so many bytes, keeps them and cuts the connection. */
  | { on: 'PATCH'; cutAfter: number }
  /** Takes so many bytes, loses all that it had and cuts the connection. */
  | { on: 'PATCH'; loseAfter: number }

type Method = 'HEAD' | 'POST' | 'PATCH'

export interface TusServerOptions {
  /** Requests with another ticket are answered 403. */
  accepts?: (ticket: string) => boolean | Promise<boolean>
  tls?: { key: string; cert: string }
  /** Bodies that are longer are answered 413. */
  largestBody?: number
}

/** A tus server in memory for one upload, as small as the protocol allows, with faults. */
export class TusServer {
  readonly faults: Fault[] = []
  /** `HEAD`, `POST`, `PATCH 0`, … as they came. */
  readonly log: string[] = []
  readonly #options: TusServerOptions
  readonly #server: Server
  #length: number | undefined
  #chunks: Buffer[] = []

  constructor(options: TusServerOptions = {}) {
    this.#options = options
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      this.#handle(request, response).catch(() => response.destroy())
    }
    this.#server = options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle)
  }

  async start(): Promise<URL> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    return new URL(`${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/uploads/desktops/image`)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Bytes so far. */
  get content(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get complete(): boolean {
    return this.#length !== undefined && this.#offset === this.#length
  }

  get sha512(): string {
    return createHash('sha512').update(this.content).digest('hex')
  }

  /** Forgets the bytes, as a gateway without a spool does when it is restarted. */
  lose(): void {
    this.#chunks = []
  }

  get #offset(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method as Method
    this.log.push(method === 'PATCH' ? `PATCH ${request.headers['upload-offset']}` : method)
    const fault = this.faults[0]?.on === method ? this.faults.shift() : undefined
    const ticket = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (request.headers['tus-resumable'] !== '1.0.0') return answer(response, 412)
    if ((await this.#options.accepts?.(ticket)) === false) return answer(response, 403, {}, 'this is not the ticket')
    if (fault !== undefined && 'status' in fault) return answer(response, fault.status, fault.headers, fault.text)
    if (method === 'HEAD') return this.#head(response)
    if (method === 'POST') return this.#create(request, response)
    const tooLarge = Number(request.headers['content-length']) > (this.#options.largestBody ?? Number.POSITIVE_INFINITY)
    if (tooLarge) return answer(response, 413, { connection: 'close' }, 'too large')
    await this.#patch(request, response, fault)
  }

  #head(response: ServerResponse): void {
    if (this.#length === undefined) answer(response, 404)
    else answer(response, 200, { 'upload-offset': String(this.#offset), 'upload-length': String(this.#length) })
  }

  #create(request: IncomingMessage, response: ServerResponse): void {
    this.#length = Number(request.headers['upload-length'])
    this.#chunks = []
    answer(response, 201, { location: request.url ?? '/' })
  }

  async #patch(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    if (Number(request.headers['upload-offset']) !== this.#offset) return answer(response, 409, {}, 'wrong offset')
    const limit =
      fault === undefined
        ? undefined
        : 'cutAfter' in fault
          ? fault.cutAfter
          : 'loseAfter' in fault
            ? fault.loseAfter
            : 0
    let taken = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      this.#chunks.push(chunk.subarray(0, limit === undefined ? chunk.length : limit - taken))
      taken += chunk.length
      if (limit === undefined || taken < limit) continue
      if (fault !== undefined && 'loseAfter' in fault) this.lose()
      request.socket.destroy()
      return
    }
    answer(response, 204, { 'upload-offset': String(this.#offset) })
  }
}

function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}, text = ''): void {
  response.writeHead(status, { 'tus-resumable': '1.0.0', ...headers }).end(text)
}
