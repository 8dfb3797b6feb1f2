import { type Call, HttpError, REASONS, type Reply } from './http.ts'
import type { Token } from './identity-store.ts'

const UNAUTHORIZED = 'The request you have made requires authentication.'
export const MALFORMED =
  'The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.'

export function unauthorized(message = UNAUTHORIZED): HttpError {
  return new HttpError(401, message)
}

/** The token of the call; 401 without one. */
export function authenticated(call: Call): Token {
  if (!call.token) throw unauthorized()
  return call.token
}

export function forbidden(action: string): HttpError {
  return new HttpError(403, `You are not authorized to perform the requested action: ${action}.`)
}

/** A token that once was one is told apart from nonsense. */
export function unknownToken(subject: string | undefined): HttpError {
  return new HttpError(
    404,
    subject?.startsWith('gAAAAA') ? 'Failed to validate token' : 'Could not recognize Fernet token',
  )
}

// biome-ignore lint/suspicious/noExplicitAny: request bodies are walked as they come
export function parse(body: Buffer): any {
  if (body.length === 0) return undefined
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new HttpError(400, `Expecting to find valid JSON in request body. ${MALFORMED}`)
  }
}

export function vary(reply: Reply): Reply {
  return { ...reply, headers: { vary: 'X-Auth-Token', ...reply.headers } }
}

export function errorReply(call: Call, error: HttpError): Reply {
  const title = REASONS[error.status]
  const headers: Record<string, string> = { ...error.headers }
  if (error.status === 401) headers['www-authenticate'] = `Keystone uri="${call.origin}/identity/v3"`
  const body = { error: { code: error.status, message: error.message, title } }
  return { status: error.status, headers, body }
}
