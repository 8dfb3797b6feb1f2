import { type Classify, OpenStackError } from './errors.ts'
import { sendOnce } from './lost-answer.ts'
import type { MicroversionWish } from './microversion.ts'
import type { Method, OpenStackAnswer, OpenStackRequest, VersionedRequester } from './request.ts'

/** How the caller may end a call. */
export interface CallOptions {
  signal?: AbortSignal | undefined
}

/** What the answer to an operation without a result tells. */
export interface Receipt {
  /** The service's own request id: what its logs and its instance actions hold. */
  requestId: string | undefined
}

/** What a call needs beside its service, method and path and the meaning of its refusals. */
export interface CallDetails
  extends Omit<OpenStackRequest, 'service' | 'method' | 'path' | 'classify' | 'microversion' | 'onSend'> {
  wish?: MicroversionWish
}

/** One service of a cloud, for the classes that say what its calls mean. */
export class ServiceApi {
  readonly #session: VersionedRequester
  readonly #service: string

  constructor(session: VersionedRequester, service: string) {
    this.#session = session
    this.#service = service
  }

  async call(method: Method, path: string, classify: Classify, details: CallDetails = {}): Promise<OpenStackAnswer> {
    return this.#session.request(await this.#request(method, path, classify, details))
  }

  /** As `call`, for what must not be sent twice: throws `LostAnswer` where the outcome is not known. */
  async once(method: Method, path: string, classify: Classify, details: CallDetails = {}): Promise<OpenStackAnswer> {
    return sendOnce(this.#session, await this.#request(method, path, classify, details))
  }

  /** The answer to a GET; `undefined` only where the service itself says 404 (a proxy's 404 is an error). */
  async find(path: string, classify: Classify, details: CallDetails = {}): Promise<OpenStackAnswer | undefined> {
    const answer = await this.call('GET', path, classify, { ...details, accept: [404] })
    if (answer.status !== 404) return answer
    this.#checkAbsence(answer, path)
    return undefined
  }

  /** Deletes; `Absent` where the service itself says that there is nothing. Repeated after a reset connection. */
  async remove(path: string, classify: Classify, details: CallDetails = {}): Promise<'Removed' | 'Absent'> {
    const answer = await this.call('DELETE', path, classify, { ...details, accept: [404], idempotent: true })
    if (answer.status !== 404) return 'Removed'
    this.#checkAbsence(answer, path)
    return 'Absent'
  }

  /** The value under `key` of the answer; an answer without it is one that the service does not give. */
  read(answer: OpenStackAnswer, key: string): unknown {
    const value = (answer.body as Record<string, unknown> | null | undefined)?.[key]
    if (value !== undefined && value !== null) return value
    throw this.#failure(`the answer has no ${key}`, 'InvalidAnswer', answer)
  }

  /** As `read`, where it has to be a list. */
  readList(answer: OpenStackAnswer, key: string): unknown[] {
    const value = this.read(answer, key)
    if (Array.isArray(value)) return value
    throw this.#failure(`${key} is not a list`, 'InvalidAnswer', answer)
  }

  async #request(method: Method, path: string, classify: Classify, details: CallDetails): Promise<OpenStackRequest> {
    const { wish, ...rest } = details
    const service = this.#service
    const microversion = wish && (await this.#session.microversion(service, wish, details.signal))
    return { service, method, path, classify, microversion, ...rest }
  }

  /** A 404 that the service itself gave carries a request id; anything else may be a proxy without the service. */
  #checkAbsence(answer: OpenStackAnswer, path: string): void {
    if (answer.requestId !== undefined) return
    throw this.#failure(
      `${path} was answered with 404, but not by the service (no request id)`,
      'NotTheService',
      answer,
    )
  }

  #failure(sentence: string, code: string, { status, requestId }: OpenStackAnswer): OpenStackError {
    const details = { class: 'Unavailable', code, service: this.#service, status, requestId } as const
    return new OpenStackError(`${this.#service}: ${sentence}`, details)
  }
}

/** A part of a path. */
export function segment(text: string): string {
  return encodeURIComponent(text)
}
