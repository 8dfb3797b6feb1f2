import { type Call, HttpError, REASONS, type Reply } from './http.ts'

/** What services answer to a request without a valid token. */
export function unauthorized(call: Call): HttpError {
  return new HttpError(401, 'The request you have made requires authentication.', {
    'www-authenticate': `Keystone uri="${call.origin}/identity/v3"`,
  })
}

const FAULTS: Readonly<Record<number, string>> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
}

/** Errors as Nova and Cinder write them: an object under the fault's name. */
export function faultReply(error: HttpError): Reply {
  const { status, message } = error
  if (status === 401) return { status, body: { error: { code: status, title: REASONS[status], message } } }
  return { status, body: { [FAULTS[status] ?? 'computeFault']: { code: status, message } } }
}
