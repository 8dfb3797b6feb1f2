import type { Dispatcher } from 'undici'
import { Failure } from '../failure/failure.ts'
import { abortable } from './abortable.ts'
import { listEndpoints, officialType, requireEndpoint } from './catalog.ts'
import type { CloudProfile } from './cloud-profile.ts'
import { credentialExpiry } from './credential-expiry.ts'
import { versionedEndpoint } from './discovery.ts'
import { errorFromAnswer, OpenStackError } from './errors.ts'
import type { Identity } from './identity.ts'
import { logIn } from './keystone.ts'
import type { MicroversionWish } from './microversion.ts'
import { defaultTimeoutMs, type FinishedCall, PacedTransport } from './paced-transport.ts'
import { RateLimits } from './rate-limit.ts'
import type { OpenStackAnswer, OpenStackRequest, VersionedRequester } from './request.ts'
import { decodeBody, queryString, requestHeaders } from './request-encoding.ts'
import type { ServiceInfo } from './service-info.ts'
import { ServiceVersions } from './service-versions.ts'
import type { Token } from './token.ts'
import { TokenCache } from './token-cache.ts'
import type { WireAnswer } from './transport.ts'

export interface SessionOptions {
  /** The connections (`createDispatcher`); the session does not close it. */
  dispatcher: Dispatcher
  /** Shared by all sessions of the same cloud. */
  limits?: RateLimits | undefined
  /** Milliseconds since the epoch. */
  now?: (() => number) | undefined
  /** Monotonic milliseconds, for the life of tokens. */
  monotonic?: (() => number) | undefined
  /** Told of every HTTP exchange; must not throw. For metrics. */
  onCall?: ((call: FinishedCall) => void) | undefined
  /** Milliseconds after which a call is given up; two minutes unless given. */
  requestTimeoutMs?: number | undefined
  /** Told whether each service works; must not throw. */
  health?: SessionHealth | undefined
}

/** Who wants to know whether the services work: `CloudHealth`. */
export interface SessionHealth {
  succeeded(service: string): void
  failed(service: string, failure: Failure): void
}

interface CallOptions {
  signal?: AbortSignal | undefined
}

/** Milliseconds that a service may take after the last byte of a stream: it may copy or hash what it got. */
const streamAnswerTimeoutMs = 900_000

/** A logged-in connection to one cloud, for one project. Does nothing until the first request. */
export class Session implements VersionedRequester {
  readonly profile: CloudProfile
  /** Milliseconds after which a call is given up, where it does not say so itself. */
  readonly requestTimeoutMs: number
  readonly #transport: PacedTransport
  readonly #tokens: TokenCache
  readonly #now: () => number
  readonly #health: SessionHealth | undefined
  readonly #versions: ServiceVersions

  constructor(profile: CloudProfile, options: SessionOptions) {
    const { dispatcher, limits = new RateLimits(), now = Date.now, monotonic = () => performance.now() } = options
    this.profile = profile
    this.#now = now
    this.#health = options.health
    this.requestTimeoutMs = options.requestTimeoutMs ?? defaultTimeoutMs
    const { requestTimeoutMs: timeoutMs, onCall } = options
    this.#transport = new PacedTransport({ dispatcher, limits, now, timeoutMs, onCall })
    this.#versions = new ServiceVersions(this.#transport, now)
    this.#tokens = new TokenCache(() => this.#watched('identity', logIn(this.#transport, profile, now())), monotonic)
  }

  /**
   * Sends a request with a token, at the cloud's pace. A refused token is renewed once; a call that may be repeated is
   * sent once more after a reset connection. Throws `OpenStackError`, or the reason of the signal.
   */
  async request(request: OpenStackRequest): Promise<OpenStackAnswer> {
    const service = officialType(request.service)
    const token = await abortable(this.#tokens.get(), request.signal)
    return this.#watched(service, this.#requestWith(request, service, token))
  }

  /** Who we are; logs in if need be. */
  async identity(options: CallOptions = {}): Promise<Identity> {
    const token = await abortable(this.#tokens.get(), options.signal)
    const expiry = await credentialExpiry(this, this.profile.auth, token, options.signal)
    const { user, project, roles, expiresAt } = token
    const identity: Identity = { user, project, roles, tokenExpiresAt: expiresAt }
    return expiry === undefined ? identity : { ...identity, credentialExpiresAt: expiry }
  }

  /** The project that tokens are scoped to; logs in if need be. */
  async project(options: CallOptions = {}): Promise<{ id: string; name: string }> {
    return (await abortable(this.#tokens.get(), options.signal)).project
  }

  /** Whose tokens they are; logs in if need be. */
  async user(options: CallOptions = {}): Promise<{ id: string; name: string }> {
    return (await abortable(this.#tokens.get(), options.signal)).user
  }

  /** Whether the catalogue has an endpoint of this type for us. */
  async has(service: string, options: CallOptions = {}): Promise<boolean> {
    const token = await abortable(this.#tokens.get(), options.signal)
    return this.#endpoints(token).has(officialType(service))
  }

  /** The microversion to ask for (`chooseMicroversion`), from the service's version document. */
  async microversion(service: string, wish: MicroversionWish, signal?: AbortSignal): Promise<string> {
    const type = officialType(service)
    const token = await abortable(this.#tokens.get(), signal)
    const chosen = this.#versions.microversion(type, this.#endpoint(type, token), token, wish)
    return abortable(this.#watched(type, chosen), signal)
  }

  /** The services of the catalogue with their versions, each of which is asked for once. */
  async services(options: CallOptions = {}): Promise<ServiceInfo[]> {
    const token = await abortable(this.#tokens.get(), options.signal)
    const asked = [...this.#endpoints(token)].map(async ([type, url]): Promise<ServiceInfo> => {
      try {
        return { type, url, ...(await abortable(this.#versions.of(type, url, token), options.signal)) }
      } catch (error) {
        if (error instanceof Failure) return { type, url, failure: error }
        throw error
      }
    })
    return Promise.all(asked)
  }

  async #requestWith(request: OpenStackRequest, service: string, token: Token): Promise<OpenStackAnswer> {
    const answer = await this.#exchange(request, service, token)
    if (answer.status !== 401) return this.#finish(request, service, answer)
    const renewed = await abortable(this.#tokens.after(token), request.signal)
    if (request.stream !== undefined) throw this.#streamRefused(request, service, answer)
    return this.#finish(request, service, await this.#exchange(request, service, renewed))
  }

  #exchange(request: OpenStackRequest, service: string, token: Token): Promise<WireAnswer> {
    const { method, json, stream, size, signal, onSend } = request
    const endpoint = this.#endpoint(service, token)
    return this.#transport.exchange({
      service,
      method,
      url: `${versionedEndpoint(service, endpoint)}${request.path}${queryString(request.query)}`,
      headers: requestHeaders(request, service, token),
      body: json === undefined ? undefined : JSON.stringify(json),
      stream,
      size,
      signal,
      onSend,
      headersTimeoutMs: stream === undefined ? undefined : streamAnswerTimeoutMs,
      timeoutMs: request.timeoutMs ?? (stream === undefined ? undefined : 0),
      idempotent: stream === undefined && (request.idempotent ?? (method === 'GET' || method === 'HEAD')),
    })
  }

  #finish(request: OpenStackRequest, service: string, answer: WireAnswer): OpenStackAnswer {
    const { status, headers, body } = answer
    const requestId = headers['x-openstack-request-id'] ?? headers['x-compute-request-id']
    if (status >= 300 && !request.accept?.includes(status)) {
      const { method, path, classify } = request
      const details = { service, method, path, status, headers, body, requestId, now: this.#now(), classify }
      throw errorFromAnswer(details)
    }
    return { status, headers, body: decodeBody(request, service, answer), requestId }
  }

  /** The token was refused, the credential is good: the stream has to begin anew, which is its owner's part. */
  #streamRefused(request: OpenStackRequest, service: string, answer: WireAnswer): OpenStackError {
    const { method, path } = request
    return new OpenStackError(`${service}: ${method} ${path}: the token had ended; the data has to be sent again`, {
      class: 'Unavailable',
      code: 'TokenExpired',
      service,
      method,
      path,
      status: answer.status,
      requestId: answer.headers['x-openstack-request-id'],
    })
  }

  async #watched<T>(service: string, work: Promise<T>): Promise<T> {
    try {
      const result = await work
      this.#health?.succeeded(service)
      return result
    } catch (error) {
      if (error instanceof OpenStackError) this.#judge(service, error)
      throw error
    }
  }

  /** A refusal is an answer: only what never came, came from no service, or refuses the token, says that it does not work. */
  #judge(service: string, failure: OpenStackError): void {
    const sick = failure.status === undefined || failure.status >= 500 || failure.class === 'Auth'
    if (sick) this.#health?.failed(service, failure)
    else if (failure.status !== 429) this.#health?.succeeded(service)
  }

  #endpoint(service: string, token: Token): string {
    return this.profile.endpointOverrides[service] ?? requireEndpoint(token.catalog, service, this.profile)
  }

  #endpoints(token: Token): Map<string, string> {
    return new Map([...listEndpoints(token.catalog, this.profile), ...Object.entries(this.profile.endpointOverrides)])
  }
}
