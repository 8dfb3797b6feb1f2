import { HttpError, type Reply } from '../http.ts'

/** An error as Neutron tells it: the name of its exception, and a text. */
export class NeutronError extends HttpError {
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(status, message)
    this.type = type
  }
}

export function badRequest(message: string): NeutronError {
  return new NeutronError(400, 'HTTPBadRequest', message)
}

export function invalidInput(message: string): NeutronError {
  return new NeutronError(400, 'InvalidInput', `Invalid input for operation: ${message}.`)
}

/** `action` is a rule of the policy, as `create_port`. */
export function disallowed(action: string): NeutronError {
  return new NeutronError(403, 'PolicyNotAuthorized', `rule:${action} is disallowed by policy`)
}

export function errorReply(error: HttpError): Reply {
  const type = error instanceof NeutronError ? error.type : 'HTTPNotFound'
  return { status: error.status, body: { NeutronError: { type, message: error.message, detail: '' } } }
}
