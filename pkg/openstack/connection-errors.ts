import { Failure } from '../failure/failure.ts'
import { OpenStackError } from './errors.ts'

/** The request that had no answer. */
interface FailedRequest {
  service: string
  method: string
  url: string
}

/** What the common codes of Node and undici mean, for a person. */
const explanations: Readonly<Record<string, readonly [code: string, sentence: string]>> = {
  ECONNREFUSED: ['ConnectionRefused', 'refuses connections'],
  ENOTFOUND: ['NameNotFound', 'has a name that does not resolve'],
  EAI_AGAIN: ['NameNotFound', 'has a name that cannot be resolved now'],
  EHOSTUNREACH: ['HostUnreachable', 'cannot be reached'],
  ENETUNREACH: ['HostUnreachable', 'cannot be reached'],
  ETIMEDOUT: ['Timeout', 'does not answer in time'],
  UND_ERR_CONNECT_TIMEOUT: ['ConnectTimeout', 'does not accept a connection in time'],
  UND_ERR_HEADERS_TIMEOUT: ['Timeout', 'does not answer in time'],
  UND_ERR_BODY_TIMEOUT: ['Timeout', 'stopped in the middle of its answer'],
  ECONNRESET: ['ConnectionReset', 'closed the connection'],
  EPIPE: ['ConnectionReset', 'closed the connection'],
  UND_ERR_SOCKET: ['ConnectionReset', 'closed the connection'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['ConnectionReset', 'sent less than it said'],
}

const certificateHint = 'give its authority in the key cacert of the Secret'

const certificates: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `has a self-signed certificate: ${certificateHint}`,
  SELF_SIGNED_CERT_IN_CHAIN: `has a certificate of an unknown authority: ${certificateHint}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `has a certificate of an unknown authority: ${certificateHint}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `has a certificate of an unknown authority: ${certificateHint}`,
  UNABLE_TO_GET_ISSUER_CERT: `has a certificate of an unknown authority: ${certificateHint}`,
  CERT_HAS_EXPIRED: 'has an expired certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
}

/** Codes after which nothing was wrong but the connection: a call that may be repeated is sent once more. */
export function isReset(error: unknown): boolean {
  return error instanceof OpenStackError && error.code === 'ConnectionReset'
}

/** Codes that tell that no connection was made: the request never left. */
const beforeSending = new Set([
  'ConnectionRefused',
  'NameNotFound',
  'HostUnreachable',
  'ConnectTimeout',
  'CertificateRefused',
])

/** Whether the request cannot have arrived, as its failure tells. */
export function neverArrived(error: unknown): boolean {
  return error instanceof OpenStackError && error.status === undefined && beforeSending.has(error.code)
}

/** An error of the connection as a failure. A `Failure` underneath (an address that is refused) is kept as it is. */
export function connectionError(error: unknown, request: FailedRequest): Failure {
  const chain = causes(error)
  const own = chain.find((cause) => cause instanceof Failure)
  if (own !== undefined) return own
  const codes = chain.map((cause) => (cause as { code?: unknown }).code).filter((code) => typeof code === 'string')
  for (const code of codes) {
    const certificate = certificates[code]
    if (certificate !== undefined) return unavailable('CertificateRefused', certificate, request, error)
    const known = explanations[code]
    if (known !== undefined) return unavailable(known[0], known[1], request, error)
  }
  if (codes.some((code) => code.startsWith('UND_ERR') || code.startsWith('ERR_INVALID')))
    return internal(error, request)
  const reason = error instanceof Error ? error.message : String(error)
  return unavailable('ConnectionFailed', `cannot be talked to: ${reason}`, request, error)
}

/** The error, its causes, and the parts of an AggregateError (happy eyeballs). */
function causes(error: unknown): Error[] {
  const found: Error[] = []
  const queue: unknown[] = [error]
  while (queue.length > 0 && found.length < 20) {
    const next = queue.shift()
    if (!(next instanceof Error) || found.includes(next)) continue
    found.push(next)
    queue.push(next.cause)
    if (next instanceof AggregateError) queue.push(...next.errors)
  }
  return found
}

function unavailable(code: string, sentence: string, request: FailedRequest, cause: unknown): OpenStackError {
  const { origin, pathname } = new URL(request.url)
  const { service, method } = request
  return new OpenStackError(`${origin} ${sentence}`, {
    class: 'Unavailable',
    code,
    service,
    method,
    path: pathname,
    cause,
  })
}

function internal(cause: unknown, request: FailedRequest): OpenStackError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const { origin, pathname } = new URL(request.url)
  const { service, method } = request
  const message = `the request to ${origin} could not be made: ${reason}`
  return new OpenStackError(message, { class: 'Internal', code: 'BadRequest', service, method, path: pathname, cause })
}
