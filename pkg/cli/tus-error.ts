import { Failure, type FailureClass } from '../failure/failure.ts'

/** `code` of a 413 to bytes of an upload that was accepted: something on the way limits requests. */
export const PART_TOO_LARGE = 'PartTooLarge'

/** A failed exchange with the upload gateway. `code` is `Untrusted`, `Unreachable`, `PartTooLarge` or `Http<status>`. */
export class TusError extends Failure {}

/** What was tried, for messages: `send bytes`. */
export interface TusCall {
  what: string
  method: 'HEAD' | 'POST' | 'PATCH'
  /** Scheme, host and port of the gateway. */
  origin: string
}

/** The failure for an answer that is not what was asked for. `text` is the body's first line, if it had one. */
export function tusRefusal(call: TusCall, status: number, text: string, retryAfter?: string | string[]): TusError {
  const seconds = Number([retryAfter].flat()[0])
  const explanation = text === '' ? `HTTP status ${status}` : `${text} (${status})`
  return new TusError(`the upload gateway at ${call.origin} refused to ${call.what}: ${explanation}`, {
    class: classOf(status),
    code: status === 413 && call.method === 'PATCH' ? PART_TOO_LARGE : `Http${status}`,
    status,
    retryAfterSeconds: retryAfter !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined,
  })
}

/** The failure for an exchange without a (whole) answer. A certificate that proves nothing is not tried again. */
export function tusUnreachable(call: TusCall, cause: unknown): TusError {
  const code = (cause as { code?: unknown } | undefined)?.code
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : String(code ?? cause)
  if (typeof code === 'string' && isCertificateProblem(code)) {
    const advice = 'check status.upload.caBundle, or use --insecure-skip-tls-verify where you know the network'
    const message = `the certificate of the upload gateway at ${call.origin} is not trusted: ${reason}; ${advice}`
    return new TusError(message, { class: 'InvalidSpec', code: 'Untrusted', cause })
  }
  const message = `the connection to the upload gateway at ${call.origin} failed (${reason})`
  return new TusError(message, { class: 'Unavailable', code: 'Unreachable', cause })
}

function isCertificateProblem(code: string): boolean {
  return /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_SSL_|HOSTNAME_MISMATCH)/.test(code)
}

function classOf(status: number): FailureClass {
  switch (status) {
    case 401:
    case 403:
      return 'Auth'
    case 404:
    case 410:
      return 'NotFound'
    case 409:
      return 'Conflict'
    case 413:
    case 507:
      return 'Quota'
    case 423:
    case 408:
      return 'Unavailable'
    case 429:
      return 'Throttled'
    default:
      return status >= 500 ? 'Unavailable' : 'Refused'
  }
}
