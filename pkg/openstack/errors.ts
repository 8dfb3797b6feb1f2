import { Failure, type FailureClass, type FailureDetails } from '../failure/failure.ts'

/** Where a call to the cloud went; part of every `OpenStackError`. */
export interface CallPlace {
  /** Service type as in the catalogue (`image`, `compute`, …), or the name of the profile for errors of clouds.yaml. */
  service?: string | undefined
  method?: string | undefined
  /** Path below the endpoint, without query. */
  path?: string | undefined
}

/** A failure of the cloud, of the way to it, or of what we were told about it. Never holds a secret. */
export class OpenStackError extends Failure {
  readonly service: string | undefined
  readonly method: string | undefined
  readonly path: string | undefined

  constructor(message: string, details: FailureDetails & CallPlace) {
    super(message, details)
    this.service = details.service
    this.method = details.method
    this.path = details.path
  }
}

/** What a status means for one call: decided by the code that makes the call. */
export interface Meaning {
  class: FailureClass
  code: string
  /** Replaces the sentence that is made of the call and the server's own words. */
  message?: string
}

/** Says what an answer ≥ 400 means for this call; `undefined` leaves it to the default by status. */
export type Classify = (status: number, serverText: string) => Meaning | undefined

/** An answer that is an error, as far as it was read. */
export interface ErrorAnswer extends CallPlace {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
  requestId?: string | undefined
  /** Milliseconds since the epoch, for `Retry-After` given as a date. */
  now: number
  classify?: Classify | undefined
}

/** The typed error for an answer ≥ 400 (or a redirect nobody asked for). */
export function errorFromAnswer(answer: ErrorAnswer): OpenStackError {
  const { service, method, path, status, requestId } = answer
  const text = serverText(answer.body)
  const retryAfterSeconds = parseRetryAfter(answer.headers['retry-after'], answer.now)
  const meaning = answer.classify?.(status, text) ?? defaultMeaning(status, retryAfterSeconds)
  const place = `${service}: ${method} ${path}`
  const message = meaning.message ?? `${place} was answered with ${status}${text === '' ? '' : `: ${text}`}`
  return new OpenStackError(message, {
    class: meaning.class,
    code: meaning.code,
    service,
    method,
    path,
    status,
    requestId,
    retryAfterSeconds,
  })
}

/** What a status means when the caller knows nothing better. */
export function defaultMeaning(status: number, retryAfterSeconds?: number): Meaning {
  if (status === 400) return { class: 'InvalidSpec', code: 'BadRequest' }
  if (status === 401) return { class: 'Auth', code: 'Unauthorized' }
  if (status === 403) return { class: 'Refused', code: 'Forbidden' }
  if (status === 404) return { class: 'NotFound', code: 'NotFound' }
  if (status === 409) return { class: 'Conflict', code: 'Conflict' }
  // Nova and Cinder of old answer 413 with Retry-After when a rate limit is hit; without it a quota is meant.
  if (status === 413 && retryAfterSeconds === undefined) return { class: 'Quota', code: 'OverLimit' }
  if (status === 413 || status === 429) return { class: 'Throttled', code: 'TooManyRequests' }
  if (status === 507) return { class: 'Quota', code: 'StorageFull' }
  if (status === 501) return { class: 'Refused', code: 'NotImplemented' }
  if (status >= 500) return { class: 'Unavailable', code: status === 500 ? 'ServerError' : 'ServiceUnavailable' }
  if (status >= 400) return { class: 'Refused', code: 'RequestRefused' }
  return { class: 'Unavailable', code: 'UnexpectedAnswer' }
}

/** Longest part of a server's own words that goes into a message. */
const maxServerText = 400

/** The sentence inside an error body: the JSON shapes of Keystone, Nova, Cinder, Neutron, or Glance's HTML. */
export function serverText(body: string): string {
  const text = withoutMarkup(fromJson(body) ?? body)
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > maxServerText ? `${line.slice(0, maxServerText - 1)}…` : line
}

function fromJson(body: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined // HTML or plain text
  }
  return findMessage(value, 0) ?? ''
}

function findMessage(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || depth > 3) return undefined
  const record = value as Record<string, unknown>
  for (const key of ['message', 'detail', 'faultstring', 'title']) {
    if (typeof record[key] === 'string') return record[key]
  }
  for (const inner of Object.values(record)) {
    const found = findMessage(inner, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** Glance puts HTML into its JSON too. */
function withoutMarkup(text: string): string {
  const withoutHeads = text.replace(/<(head|title|h1)\b[^>]*>[\s\S]*?<\/\1>/gi, ' ')
  return withoutHeads
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#x27;|&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
}

/** `Retry-After` (RFC 9110 §10.2.3) in seconds from now: a number, or a date. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\s*\d+\s*$/.test(value)) return Number(value)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}
