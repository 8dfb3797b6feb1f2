import { Failure, type FailureClass } from '../failure/failure.ts'

/** Kubernetes' Status object, the body of every error. */
export interface KubeStatus {
  kind?: string
  status?: string
  /** A sentence of the API server. */
  message?: string
  /** CamelCase: `NotFound`, `AlreadyExists`, `Expired`, … */
  reason?: string
  code?: number
  details?: { retryAfterSeconds?: number; causes?: { field?: string; message?: string; reason?: string }[] }
}

/** A failed call to the Kubernetes API. `code` is the Status reason (`NotFound`, `Conflict`, `Expired`, …). */
export class KubeError extends Failure {
  override readonly name = 'KubeError'
}

/** What was asked, for messages: `GET /api/v1/namespaces`. */
export interface KubeCall {
  method: string
  path: string
}

/** The failure for an HTTP answer ≥ 400, or for an ERROR event inside a watch. */
export function kubeError(call: KubeCall, status: number, body: KubeStatus, headers: ResponseHeaders = {}): KubeError {
  const code = body.reason || defaultReason(status)
  const message = body.message || code
  const retryAfter = Number(headers['retry-after'] ?? body.details?.retryAfterSeconds)
  return new KubeError(`Kubernetes refused ${call.method} ${call.path}: ${message} (${status})`, {
    class: classOf(status, code),
    code,
    status,
    requestId: single(headers['audit-id']),
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter : undefined,
  })
}

/** The failure for a call that got no (whole) answer: whether it had an effect is not known. */
export function kubeUnreachable(call: KubeCall, server: string, cause: unknown): KubeError {
  const code = errorCode(cause)
  return new KubeError(`Kubernetes at ${server} did not answer ${call.method} ${call.path}: ${describe(cause, code)}`, {
    class: 'Unavailable',
    code: code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' ? 'Timeout' : 'Unreachable',
    cause,
  })
}

/** Response headers as undici gives them. */
export type ResponseHeaders = Record<string, string | string[] | undefined>

/** True for "it is not there" as an answer of the API server about this very object or path. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404
}

/** True where the resourceVersion is too old to go on from: list again. */
export function isExpired(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 410 || error.code === 'Expired' || error.code === 'Gone')
}

/** True for a write that lost against another one, or against a precondition. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.code !== 'AlreadyExists'
}

/** True for a create of a name that is taken. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'AlreadyExists'
}

function classOf(status: number, reason: string): FailureClass {
  if (reason === 'Expired' || reason === 'Gone') return 'Unavailable'
  switch (status) {
    case 400:
    case 405:
    case 413:
    case 415:
    case 422:
      return 'InvalidSpec'
    case 401:
    case 403:
      return 'Auth'
    case 404:
      return 'NotFound'
    case 409:
      return 'Conflict'
    case 429:
      return 'Throttled'
    default:
      return status >= 500 || status === 408 || status === 410 ? 'Unavailable' : 'Internal'
  }
}

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

function defaultReason(status: number): string {
  return reasons[status] ?? (status >= 500 ? 'InternalError' : 'Unknown')
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function errorCode(cause: unknown): string | undefined {
  const code = (cause as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

function describe(cause: unknown, code: string | undefined): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (message === '') return code ?? 'no reason given'
  return code === undefined || message.includes(code) ? message : `${message} (${code})`
}
