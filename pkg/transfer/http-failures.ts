import { Failure, type FailureClass } from '../failure/failure.ts'
import { TransferError } from './transfer-error.ts'

/** What a status other than success means for a download, in words for whoever wrote the URL. */
export function statusFailure(name: string, status: number, retryAfter: string | undefined): TransferError {
  const [failureClass, code, what] = meaning(status)
  const details = { class: failureClass, code, status, retryAfterSeconds: retryAfterSeconds(retryAfter) }
  return new TransferError(`${name} ${what} (HTTP ${status})`, details)
}

function meaning(status: number): [FailureClass, string, string] {
  if (status === 401) return ['Refused', 'SourceUnauthorized', 'wants credentials, or other ones: see secretRef']
  if (status === 403) return ['Refused', 'SourceForbidden', 'may not be read with these credentials: see secretRef']
  if (status === 404 || status === 410) return ['NotFound', 'SourceNotFound', 'is not there']
  if (status === 429) return ['Throttled', 'SourceThrottled', 'asks for patience']
  if (status >= 500) return ['Unavailable', 'SourceUnavailable', 'cannot be served just now']
  return ['Refused', 'SourceRefused', 'was refused by its server']
}

/** `Retry-After` in seconds: a number, or a date (RFC 9110 §10.2.3). */
function retryAfterSeconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value)
  const seconds = Math.ceil((Date.parse(value) - Date.now()) / 1_000)
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

const NETWORK: Record<string, [code: string, what: string]> = {
  ECONNREFUSED: ['ConnectionRefused', 'refuses connections'],
  ENOTFOUND: ['NameNotResolved', 'has a host name that does not resolve'],
  EAI_AGAIN: ['NameNotResolved', 'has a host name that cannot be looked up just now'],
  EHOSTUNREACH: ['HostUnreachable', 'is on a host that cannot be reached'],
  ENETUNREACH: ['HostUnreachable', 'is on a network that cannot be reached'],
  ETIMEDOUT: ['ConnectTimeout', 'does not answer'],
  UND_ERR_CONNECT_TIMEOUT: ['ConnectTimeout', 'does not answer'],
  UND_ERR_HEADERS_TIMEOUT: ['SourceStalled', 'took the request but does not answer it'],
  UND_ERR_BODY_TIMEOUT: ['SourceStalled', 'stopped sending'],
}

const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO|CRL_)/

/** What a lost or impossible connection means for a download. */
export function connectionFailure(name: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const first = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException
  const code = first?.code ?? ''
  if (TLS.test(code)) {
    return new TransferError(`${name} has no TLS connection that can be trusted (${code}): see caRef`, {
      class: 'Refused',
      code: 'TLSFailed',
      cause: error,
    })
  }
  const [stableCode, what] = NETWORK[code] ?? ['ConnectionLost', 'lost the connection']
  const detail = NETWORK[code] === undefined ? `: ${first?.message || code}` : ` (${code})`
  return new TransferError(`${name} ${what}${detail}`, { class: 'Unavailable', code: stableCode, cause: error })
}
