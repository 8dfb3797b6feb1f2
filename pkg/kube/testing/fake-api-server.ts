import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { KubeObject } from '../resource.ts'
import { type Change, FakeStorage, type StatusError } from './fake-storage.ts'

/** A fault that is answered instead of the real thing while `when` holds, `times` times. */
export interface Fault {
  when: (request: { method: string; path: string; query: URLSearchParams }) => boolean
  times?: number
  /** Instead of an answer the connection is cut: before the effect, or after it. */
  cut?: 'before' | 'after'
  status?: number
  headers?: Record<string, string>
  body?: unknown
  /** The request is never answered. */
  hang?: boolean
}

/**
 * An API server in memory for faults that the real one cannot be made to show: a watch cut in the middle of a line, a
 * stream that falls silent, 429, an older version without WatchList. Objects of any resource, without schemas,
 * server-side apply or authorization; what it does answer is held against the real one by the shared tests.
 */
export class FakeApiServer {
  /** False: an older API server, which refuses `sendInitialEvents`. */
  watchList = true
  /** True: watches are open and nothing comes, as behind a dead load balancer. */
  silent = false
  /** Every request, in order. */
  readonly requests: { method: string; path: string; query: URLSearchParams; headers: IncomingMessage['headers'] }[] =
    []
  readonly storage = new FakeStorage()
  readonly #faults: Fault[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #watches = new Set<{ response: ServerResponse; send: (change: Change) => void }>()

  constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => answerError(response, error))
    })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.storage.subscribe((change) => {
      if (!this.silent) for (const watch of this.#watches) watch.send(change)
    })
  }

  /** Listens, on the port that it had before if there was one. */
  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', resolve)
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  fail(fault: Fault): void {
    this.#faults.push({ times: 1, ...fault })
  }

  get openWatches(): number {
    return this.#watches.size
  }

  /** Cuts every watch at once; `text` is sent just before, for half a line. */
  cutWatches(text = ''): void {
    for (const { response } of this.#watches) {
      if (text === '') response.socket?.destroy()
      else response.write(text, () => response.socket?.destroy())
    }
  }

  /** Ends every watch as its timeout would. */
  endWatches(): void {
    for (const { response } of this.#watches) response.end()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const call = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams }
    this.requests.push({ ...call, headers: request.headers })
    const body = await readBody(request)
    const fault = this.#faultFor(call)
    if (fault?.hang) return
    if (fault?.cut === 'before') return void request.socket.destroy()
    if (fault?.status !== undefined) return answer(response, fault.status, fault.body ?? {}, fault.headers)
    if (call.query.get('watch') === 'true') return this.#watch(call, response)
    const result = this.storage.handle({ ...call, body: body as KubeObject })
    if (fault?.cut === 'after') return void request.socket.destroy()
    answer(response, result.status, result.body)
  }

  #faultFor(call: { method: string; path: string; query: URLSearchParams }): Fault | undefined {
    const fault = this.#faults.find(({ when, times = 1 }) => times > 0 && when(call))
    if (fault) fault.times = (fault.times ?? 1) - 1
    return fault
  }

  #watch({ path, query }: { path: string; query: URLSearchParams }, response: ServerResponse): void {
    const initial = query.get('sendInitialEvents') === 'true'
    if (initial && !this.watchList) {
      answer(response, 422, status(422, 'Invalid', 'sendInitialEvents is forbidden for watch'))
      return
    }
    const write = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`)
    const since = query.get('resourceVersion') ?? ''
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    if (this.silent) {
      this.#hold(response, () => undefined)
      return
    }
    if (initial) {
      for (const object of this.storage.objectsUnder(path)) write('ADDED', object)
      const annotations = { 'k8s.io/initial-events-end': 'true' }
      write('BOOKMARK', { metadata: { resourceVersion: this.storage.version, annotations } })
    } else if (this.storage.isCompacted(since)) {
      write('ERROR', status(410, 'Expired', `too old resource version: ${since}`))
      return void response.end()
    } else {
      for (const change of this.storage.changesSince(since))
        if (this.storage.isUnder(change, path)) write(change.type, change.object)
    }
    this.#hold(response, (change) => {
      if (this.storage.isUnder(change, path)) write(change.type, change.object)
    })
  }

  #hold(response: ServerResponse, send: (change: Change) => void): void {
    const watch = { response, send }
    this.#watches.add(watch)
    response.on('close', () => this.#watches.delete(watch))
  }
}

function status(code: number, reason: string, message: string) {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }
}

function answer(response: ServerResponse, code: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', 'audit-id': randomUUID(), ...headers })
  response.end(JSON.stringify(body))
}

function answerError(response: ServerResponse, error: unknown): void {
  const { code = 500, reason = 'InternalError', message } = error as Partial<StatusError> & Error
  answer(response, code, status(code, reason, message))
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString())
}
