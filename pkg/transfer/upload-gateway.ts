import type { IncomingMessage, ServerResponse } from 'node:http'
import { asFailure } from '../failure/failure.ts'
import { answer, refuse } from './answer.ts'
import { bytesOf } from './request-body.ts'
import * as tus from './tus.ts'
import { type Admitted, UploadAdmission } from './upload-admission.ts'
import type { Owner, UploadDirectory } from './upload-directory.ts'
import { UploadError } from './upload-error.ts'
import { FORWARDED_HEADER, type UploadForwarder } from './upload-forwarder.ts'
import type { UploadSession } from './upload-session.ts'

export interface UploadGatewayOptions {
  directory: UploadDirectory
  owner: Owner
  forwarder: UploadForwarder
  /** The largest upload in bytes. */
  maxBytes?: number | undefined
  /** Milliseconds since the epoch. */
  now?: () => number
  /** Told of defects of our own, which clients see as 500. */
  onError?: (error: Error) => void
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly method: string
  readonly namespace: string
  readonly name: string
}

/** The methods of an upload: what a client does once it was let in. */
type Handler = (exchange: Exchange, admitted: Admitted) => Promise<void>

const PATH = /^\/uploads\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/

/**
 * tus 1.0 over HTTP at `/uploads/<namespace>/<name>`. Whoever holds the ticket of an object may send its bytes; any
 * replica takes the connection and forwards to the one that owns the object.
 */
export class UploadGateway {
  readonly #options: UploadGatewayOptions
  readonly #handlers: Record<string, Handler>
  readonly #admission: UploadAdmission

  constructor(options: UploadGatewayOptions) {
    this.#options = options
    this.#admission = new UploadAdmission(options.directory, options.now ?? Date.now)
    this.#handlers = {
      POST: this.#create.bind(this),
      HEAD: this.#tell.bind(this),
      PATCH: this.#receive.bind(this),
      DELETE: this.#terminate.bind(this),
    }
  }

  /** Answers one request, whatever happens. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that leaves is noticed where its bytes are read.
    request.on('error', () => {})
    response.on('error', () => {})
    try {
      await this.#route(request, response)
    } catch (error) {
      const refusal = this.#asUploadError(error)
      await refuse(request, response, refusal, hintsFor(refusal))
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const override = request.headers['x-http-method-override']
    const method = (typeof override === 'string' ? override : (request.method ?? '')).toUpperCase()
    if (method === 'OPTIONS') return this.#describe(response)
    const path = URL.parse(request.url ?? '', 'http://localhost')?.pathname ?? ''
    const [, namespace, name] = PATH.exec(path) ?? []
    if (namespace === undefined || name === undefined) {
      throw new UploadError(404, 'NotFound', 'uploads are at /uploads/<namespace>/<name>')
    }
    const handler = this.#handlers[method]
    if (handler === undefined) throw new UploadError(405, 'MethodNotAllowed', `${method} is not a method of uploads`)
    tus.checkVersion(request.headers)
    const exchange = { request, response, method, namespace, name }
    if (await this.#forwarded(exchange)) return
    const admitted = await this.#admission.admit(namespace, name, tus.ticketIn(request.headers))
    await handler(exchange, admitted)
  }

  #describe(response: ServerResponse): void {
    const { maxBytes } = this.#options
    answer(response, 204, {
      'tus-version': tus.TUS_VERSION,
      'tus-extension': tus.TUS_EXTENSIONS,
      'tus-checksum-algorithm': tus.TUS_ALGORITHMS,
      ...(maxBytes === undefined ? {} : { 'tus-max-size': maxBytes }),
    })
  }

  async #forwarded({ request, response, namespace }: Exchange): Promise<boolean> {
    const { owner, forwarder } = this.#options
    const place = owner.locate(namespace)
    if (place === 'local') return false
    if (place === undefined || request.headers[FORWARDED_HEADER] !== undefined) {
      throw new UploadError(503, 'NoOwner', `no replica has taken over the namespace ${namespace} yet`, 2)
    }
    await forwarder.forward(request, response, place.url, () => {
      const now = owner.locate(namespace)
      return typeof now === 'object' && now.url === place.url
    })
    return true
  }

  async #create({ request, response, name }: Exchange, { session, expiryTime }: Admitted): Promise<void> {
    const { headers } = request
    const length = tus.lengthIn(headers)
    const { maxBytes = Number.POSITIVE_INFINITY } = this.#options
    if (length > maxBytes) throw new UploadError(413, 'TooLarge', `uploads may have ${maxBytes} bytes, not ${length}`)
    tus.checkMetadata(headers)
    const withBytes = headers['content-type'] === tus.OFFSET_STREAM
    const checksum = tus.checksumIn(headers)
    await session.begin(length)
    if (withBytes) await session.receive(bytesOf(request), { offset: 0, checksum, cut: () => request.destroy() })
    // The upload is made where it was asked for, whatever a proxy put before the path.
    answer(response, 201, { ...position(session, expiryTime), location: name })
  }

  async #tell({ response }: Exchange, { session, expiryTime }: Admitted): Promise<void> {
    if (session.rejection !== undefined) throw new UploadError(410, 'UploadRejected', session.rejection.message)
    if (session.length === undefined) throw new UploadError(404, 'NotBegun', 'nothing was begun here: POST comes first')
    const { resetReason } = session
    const reset = resetReason === undefined ? {} : { 'upload-reset-reason': headerText(resetReason) }
    answer(response, 200, { ...position(session, expiryTime), 'upload-length': session.length, ...reset })
  }

  async #receive({ request, response }: Exchange, { session, expiryTime }: Admitted): Promise<void> {
    const { headers } = request
    tus.checkBody(headers)
    const offset = tus.offsetIn(headers)
    const checksum = tus.checksumIn(headers)
    const announced = Number(headers['content-length'] ?? 0)
    await session.receive(bytesOf(request), { offset, announced, checksum, cut: () => request.destroy() })
    answer(response, 204, position(session, expiryTime))
  }

  async #terminate({ response }: Exchange, { session }: Admitted): Promise<void> {
    await session.terminate()
    answer(response, 204)
  }

  #asUploadError(error: unknown): UploadError {
    if (error instanceof UploadError) return error
    const failure = asFailure(error)
    this.#options.onError?.(error instanceof Error ? error : failure)
    return new UploadError(500, 'InternalError', 'the operator failed; its log says why', 5)
  }
}

function position(session: UploadSession, expiryTime: Date) {
  return { 'upload-offset': session.offset, 'upload-expires': expiryTime.toUTCString() }
}

function hintsFor({ status }: UploadError): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer realm="upload"' }
  if (status === 405) return { allow: 'OPTIONS, POST, HEAD, PATCH, DELETE' }
  if (status === 412) return { 'tus-version': tus.TUS_VERSION }
  return {}
}

function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500)
}
