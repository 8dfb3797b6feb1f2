import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, type Readable, Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FaultAction, FaultPlan } from './faults.ts'
import type { Call, Service } from './http.ts'
import type { IdentityStore } from './identity-store.ts'
import { send, statusReply } from './reply.ts'
import { type LoggedRequest, RequestLog } from './request-log.ts'

/** What clients may send as their own request id. */
const GLOBAL_REQUEST_ID = /^req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The listening side of the cloud: finds the service, writes the log, delays, and breaks what the fault plan says. */
export class CloudServer {
  readonly faults = new FaultPlan()
  readonly requests = new RequestLog()
  /** Added to every answer. */
  latencyMs = 0
  readonly #services: readonly Service[]
  readonly #identity: IdentityStore
  readonly #now: () => number
  readonly #host: string
  #server: Server | undefined
  #port: number
  #outageTimer: NodeJS.Timeout | undefined

  constructor(
    services: readonly Service[],
    identity: IdentityStore,
    { now, port, host }: { now: () => number; port: number; host: string },
  ) {
    this.#services = services
    this.#identity = identity
    this.#now = now
    this.#port = port
    this.#host = host
  }

  get origin(): string {
    return `http://${this.#host}:${this.#port}`
  }

  async listen(): Promise<void> {
    if (this.#server) return
    const server = createServer((request, response) => {
      const { socket } = request
      this.#answer(request, response).catch((error: unknown) => {
        // A client that went away is not worth a word; anything else is a mistake of the fake.
        if (!socket.destroyed) console.error(error)
        response.destroy()
      })
    })
    server.requestTimeout = 0
    server.keepAliveTimeout = 60_000
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, this.#host, resolve)
    })
    this.#port = (server.address() as AddressInfo).port
  }

  /** Cuts every connection; new ones are refused until `listen`. */
  async close(): Promise<void> {
    clearTimeout(this.#outageTimer)
    const server = this.#server
    this.#server = undefined
    if (!server) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request
    const { entry, call, service } = this.#read(request)
    this.requests.add(entry)
    const fault = this.faults.strike(entry)
    entry.fault = fault?.type
    if (this.latencyMs > 0) await sleep(this.latencyMs)
    if (fault?.type === 'Delay') await sleep(fault.milliseconds)
    if (fault && (await this.#breakBefore(fault, request, response, entry))) return
    const body = fault?.type === 'ResetDuring' ? cutAfter(request, fault.bytes) : request
    const reply = await service.handle({ ...call, body })
    if (fault?.type === 'HangAfter') return
    if (fault?.type === 'ResetAfter') return void socket.destroy()
    const final = fault?.type === 'StatusAfter' ? statusReply(fault.status) : reply
    if (socket.destroyed) return
    entry.status = final.status
    await send(response, { ...final, headers: { 'x-openstack-request-id': call.requestId, ...final.headers } }, fault)
  }

  /** True: the request is over, without an effect. */
  async #breakBefore(
    fault: FaultAction,
    request: IncomingMessage,
    response: ServerResponse,
    entry: LoggedRequest,
  ): Promise<boolean> {
    if (fault.type === 'HangBefore') return true
    if (fault.type === 'ResetBefore') {
      request.socket.destroy()
      return true
    }
    if (fault.type === 'Outage') {
      await this.close()
      this.#outageTimer = setTimeout(() => void this.listen(), fault.milliseconds)
      return true
    }
    if (fault.type !== 'Status') return false
    entry.status = fault.status
    await send(response, statusReply(fault.status, fault.retryAfterSeconds, fault.body), undefined)
    return true
  }

  #read(request: IncomingMessage): { entry: LoggedRequest; call: Call; service: Service } {
    const url = new URL(request.url ?? '/', this.origin)
    const [, name = '', path = ''] = /^\/([^/]*)(.*)$/.exec(url.pathname) ?? []
    const service = this.#services.find((one) => one.name === name)
    const sent = request.headers['x-openstack-request-id']
    const globalRequestId = typeof sent === 'string' && GLOBAL_REQUEST_ID.test(sent) ? sent : undefined
    // Glance takes whatever the client sent for its own id; the other services keep theirs.
    const taken = name === 'image' && typeof sent === 'string' ? sent.replace(/^(?!req-)/, 'req-') : undefined
    const requestId = taken ?? `req-${randomUUID()}`
    const header = request.headers['x-auth-token']
    const token = this.#identity.token(Array.isArray(header) ? header[0] : header)
    const method = request.method ?? 'GET'
    const relative = service ? path || '/' : url.pathname
    const entry: LoggedRequest = {
      time: this.#now(),
      service: service?.name ?? '',
      method,
      path: relative,
      query: url.search.slice(1),
      user: token?.user.name ?? '',
      project: token?.project?.name ?? '',
      requestId,
      globalRequestId,
      status: undefined,
      fault: undefined,
    }
    const { headers } = request
    const { origin } = this
    const call: Call = {
      ...{ method, path: relative, query: url.searchParams, headers, params: [], requestId, token, body: request },
      origin,
    }
    return { entry, call, service: service ?? NOWHERE }
  }
}

const NOWHERE: Service = { name: '', handle: () => Promise.resolve({ status: 404, body: 'no such service' }) }

/** The request's body; the connection is cut when so many bytes have come through. */
function cutAfter(request: IncomingMessage, bytes: number): Readable {
  const { socket } = request
  let seen = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (seen >= bytes) socket.destroy()
      else this.push(chunk)
      done()
    },
  })
  pipeline(request, counter, () => undefined)
  return counter
}
