import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Failure } from '../failure/failure.ts'
import { isReset } from './connection-errors.ts'
import { OpenStackError, parseRetryAfter } from './errors.ts'
import type { RateLimits } from './rate-limit.ts'
import type { TokenBucket } from './token-bucket.ts'
import { send, type WireAnswer, type WireRequest } from './transport.ts'

/** One HTTP exchange with the cloud, logins and version documents included. */
export interface FinishedCall {
  service: string
  method: string
  /** Absent where no answer came. */
  status?: number
  milliseconds: number
  /** Why no answer came. */
  failure?: Failure
}

export interface PacedTransportOptions {
  dispatcher: Dispatcher
  limits: RateLimits
  /** Milliseconds for an exchange that does not say how long it may take; `defaultTimeoutMs` unless given. */
  timeoutMs?: number | undefined
  /** Milliseconds since the epoch, for `Retry-After` given as a date. */
  now: () => number
  /** Told of every exchange when it is over; must not throw. For health and metrics. */
  onCall?: ((call: FinishedCall) => void) | undefined
}

export interface PacedRequest extends WireRequest {
  service: string
  /** Whether the request may be sent once more after a reset connection. */
  idempotent: boolean
  /** Milliseconds for the exchange, without the time that it waits for its turn; 0 for none. */
  timeoutMs?: number | undefined
  /** Told when the request goes out: it has had its turn. */
  onSend?: ((at: number) => void) | undefined
}

/** Milliseconds after which a call is given up, where nobody says how long it may take. */
export const defaultTimeoutMs = 120_000
/** Longest pause that `Retry-After` gets, in seconds. */
const longestPauseSeconds = 600

/** Sends requests at the pace of each service, with a request id that its logs will show. */
export class PacedTransport {
  readonly #options: PacedTransportOptions

  constructor(options: PacedTransportOptions) {
    this.#options = options
  }

  /** Any answer, errors included. Rejects where there was none: with why, the signal's reason, or the stream's error. */
  async exchange(request: PacedRequest): Promise<WireAnswer> {
    try {
      return await this.#once(request)
    } catch (error) {
      if (!request.idempotent || !isReset(error)) throw error
      return await this.#once(request)
    }
  }

  async #once(request: PacedRequest): Promise<WireAnswer> {
    const { service, method, url } = request
    const bucket = this.#options.limits.of(service, url)
    await bucket.acquire(request.signal)
    request.onSend?.(this.#options.now())
    const begun = performance.now()
    try {
      const answer = await this.#send(request)
      this.#obeyRetryAfter(bucket, answer)
      this.#options.onCall?.({ service, method, status: answer.status, milliseconds: performance.now() - begun })
      return answer
    } catch (error) {
      // Else the caller gave up, or what it sends failed: that says nothing about the cloud.
      if (error instanceof OpenStackError) {
        this.#options.onCall?.({ service, method, milliseconds: performance.now() - begun, failure: error })
      }
      throw error
    }
  }

  async #send(request: PacedRequest): Promise<WireAnswer> {
    const timeoutMs = request.timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs
    const headers = { ...request.headers, 'x-openstack-request-id': `req-${randomUUID()}`, 'user-agent': 'auxo' }
    if (timeoutMs === 0) return send(this.#options.dispatcher, { ...request, headers })
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout])
    try {
      return await send(this.#options.dispatcher, { ...request, headers, signal })
    } catch (error) {
      if (!timeout.aborted || request.signal?.aborted) throw error
      const { service, method, url } = request
      throw new OpenStackError(`${new URL(url).origin} did not answer within ${timeoutMs / 1000} s`, {
        class: 'Unavailable',
        code: 'Timeout',
        service,
        method,
        path: new URL(url).pathname,
      })
    }
  }

  #obeyRetryAfter(bucket: TokenBucket, answer: WireAnswer): void {
    if (![413, 429, 503].includes(answer.status)) return
    const seconds = parseRetryAfter(answer.headers['retry-after'], this.#options.now())
    // A 429 without a word how long: a second is what the hasty ones of the field take.
    const pause = seconds ?? (answer.status === 429 ? 1 : 0)
    if (pause > 0) bucket.pause(Math.min(pause, longestPauseSeconds))
  }
}
