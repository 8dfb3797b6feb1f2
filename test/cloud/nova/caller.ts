import { HttpError } from '../http.ts'

/** Who calls. */
export interface Caller {
  readonly userId: string
  readonly projectId: string
  readonly isAdmin: boolean
  /** False: may only read. */
  readonly isMember: boolean
  /** Nova's own id of this request; actions are recorded under it. */
  readonly requestId: string
}

export function forbidden(rule: string): HttpError {
  return new HttpError(403, `Policy doesn't allow os_compute_api:${rule} to be performed.`)
}

/** What members of the project and administrators may do. */
export function requireMember(caller: Caller, rule: string): void {
  if (!caller.isAdmin && !caller.isMember) throw forbidden(rule)
}

export function requireAdmin(caller: Caller, rule: string): void {
  if (!caller.isAdmin) throw forbidden(rule)
}
