import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CertificateAuthority } from '../certificates.ts'
import { harnessDirectory } from '../harness.ts'
import { sendBody } from './body.ts'
import { type Content, sizeOf } from './content.ts'
import { type Fault, Faults } from './fault.ts'
import { parseRange } from './range.ts'

/** What to start. */
export interface WwwOptions {
  /** Default: a free one. */
  port?: number
  /** HTTPS with a certificate that only `Www.ca` proves. */
  tls?: boolean
  /** Contents and faults of paths that nobody put: for a server that stands alone. */
  fallback?: (url: URL) => { content: Content; fault: Fault } | undefined
}

/** One request, as it was answered; `status` and `bytes` grow until it is. */
export interface LoggedRequest {
  method: string
  path: string
  headers: IncomingMessage['headers']
  /** 0 until the answer starts. */
  status: number
  /** Bytes of the body that were handed to the connection. */
  bytes: number
}

/** A web server with ranges and faults, on 127.0.0.1 in this process. */
export interface Www {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** PEM of the authority behind the certificate; undefined without TLS. */
  readonly ca: string | undefined
  /** Serves content under a path, and returns its URL. Put again, it has a new ETag and Last-Modified. */
  put(path: string, content: Content, options?: { contentType?: string }): string
  /** Adds a fault to a path (after those that it has), or removes them all. */
  fault(path: string, fault: Fault | undefined): void
  /** All requests so far, oldest first. */
  readonly requests: readonly LoggedRequest[]
  stop(): Promise<void>
}

interface Entry {
  content: Content
  contentType: string
  etag: string
  lastModified: string
}

/** Starts a web server. */
export async function startWww(options: WwwOptions = {}): Promise<Www> {
  const authority = options.tls ? await CertificateAuthority.open(harnessDirectory('www')) : undefined
  const identity = await authority?.server('www', ['IP:127.0.0.1', 'DNS:localhost'])
  const server = identity
    ? createTlsServer({ cert: readFileSync(identity.certificate), key: readFileSync(identity.key) })
    : createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return new FaultyServer(server, options, authority && readFileSync(authority.certificate, 'utf8'))
}

class FaultyServer implements Www {
  readonly url: string
  readonly port: number
  readonly ca: string | undefined
  readonly requests: LoggedRequest[] = []
  readonly #server: Server
  readonly #entries = new Map<string, Entry>()
  readonly #faults = new Faults()
  readonly #fallback: WwwOptions['fallback']
  #version = 0

  constructor(server: Server, options: WwwOptions, ca: string | undefined) {
    this.#server = server
    this.#fallback = options.fallback
    this.ca = ca
    this.port = (server.address() as AddressInfo).port
    this.url = `${ca ? 'https' : 'http'}://127.0.0.1:${this.port}`
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response))
  }

  put(path: string, content: Content, options: { contentType?: string } = {}): string {
    this.#version += 1
    // Last-Modified has seconds: each version gets one of its own.
    const lastModified = new Date(Date.UTC(2026, 0, 1, 0, 0, this.#version)).toUTCString()
    const contentType = options.contentType ?? 'application/octet-stream'
    this.#entries.set(path, { content, contentType, etag: `"v${this.#version}"`, lastModified })
    return `${this.url}${path}`
  }

  fault(path: string, fault: Fault | undefined): void {
    this.#faults.set(path, fault)
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const path = url.pathname
    const log: LoggedRequest = { method: request.method ?? '', path, headers: request.headers, status: 0, bytes: 0 }
    this.requests.push(log)
    response.on('error', () => {}) // the client went away; `bytes` tells how far it came
    request.resume()
    const fallback = this.#entries.has(path) ? undefined : this.#fallback?.(url)
    const fault = { ...fallback?.fault, ...this.#faults.take(path) }
    if (fault.latencyMs) await new Promise((resolve) => setTimeout(resolve, fault.latencyMs))
    const refusal = refusalOf(request, fault)
    const entry = this.#entries.get(path) ?? (fallback && entryOf(fallback.content))
    if (refusal) end(response, log, refusal.status, refusal.headers)
    else if (fault.directoryPage) end(response, log, 200, { 'content-type': 'text/html' }, directoryPage(path))
    else if (!entry) end(response, log, 404, {})
    else if (request.method !== 'GET' && request.method !== 'HEAD') end(response, log, 405, { allow: 'GET, HEAD' })
    else await this.#serve(request, response, log, entry, fault)
  }

  async #serve(request: IncomingMessage, response: ServerResponse, log: LoggedRequest, entry: Entry, fault: Fault) {
    const size = sizeOf(entry.content)
    const fresh = fault.ignoreIfRange || [undefined, entry.etag, entry.lastModified].includes(ifRange(request))
    const wanted = fresh && !fault.noRanges && !fault.endless ? parseRange(request.headers.range, size) : undefined
    if (wanted === 'unsatisfiable') return end(response, log, 416, { 'content-range': `bytes */${size}` })
    const range = wanted ?? { start: 0, end: size }
    log.status = wanted ? 206 : 200
    response.writeHead(log.status, {
      'content-type': entry.contentType,
      ...(!fault.noRanges && { 'accept-ranges': 'bytes' }),
      ...(!fault.noValidators && { etag: entry.etag, 'last-modified': entry.lastModified }),
      ...(wanted && { 'content-range': `bytes ${range.start}-${range.end - 1}/${size}` }),
      ...(fault.gzip && { 'content-encoding': 'gzip' }),
      ...(hasLength(fault) && { 'content-length': range.end - range.start + (fault.lengthOff ?? 0) }),
      ...(fault.lengthOff && { connection: 'close' }),
    })
    if (request.method === 'HEAD') response.end()
    else await sendBody(response, entry.content, range, fault, (bytes) => (log.bytes += bytes))
  }
}

function hasLength(fault: Fault): boolean {
  return !fault.noLength && !fault.endless && !fault.gzip
}

function ifRange(request: IncomingMessage): string | undefined {
  return request.headers['if-range'] as string | undefined
}

function refusalOf(
  request: IncomingMessage,
  fault: Fault,
): { status: number; headers: Record<string, string> } | undefined {
  if (fault.redirect !== undefined) return { status: fault.status ?? 302, headers: { location: fault.redirect } }
  const retryAfter = fault.retryAfter === undefined ? {} : { 'retry-after': `${fault.retryAfter}` }
  if (fault.status !== undefined) return { status: fault.status, headers: retryAfter }
  if (!fault.basic) return undefined
  const expected = `Basic ${Buffer.from(`${fault.basic.user}:${fault.basic.password}`).toString('base64')}`
  if (request.headers.authorization === expected) return undefined
  return { status: 401, headers: { 'www-authenticate': 'Basic realm="lab"' } }
}

function end(response: ServerResponse, log: LoggedRequest, status: number, headers: Record<string, string>, body = '') {
  log.status = status
  log.bytes = Buffer.byteLength(body)
  response.writeHead(status, { ...headers, 'content-length': `${log.bytes}` }).end(body)
}

function entryOf(content: Content): Entry {
  const etag = content instanceof Uint8Array ? `"b${content.length}"` : `"s${content.seed}-${content.size}"`
  const lastModified = new Date(Date.UTC(2026, 0, 1)).toUTCString()
  return { content, contentType: 'application/octet-stream', etag, lastModified }
}

function directoryPage(path: string): string {
  const title = `Index of ${path.replaceAll(/[<>&]/g, '')}`
  return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><a href="../">../</a></body></html>\n`
}
