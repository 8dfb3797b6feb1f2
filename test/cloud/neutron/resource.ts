import type { NetworkState, Standard } from './network-state.ts'
import { badRequest, disallowed } from './neutron-errors.ts'

/** Who asks, and when. */
export interface Caller {
  readonly projectId: string
  readonly isAdmin: boolean
  /** False: a reader. */
  readonly isMember: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A body's attributes, as they come. */
export type Fields = Readonly<Record<string, unknown>>

/** One kind of thing in Neutron's API: what the generic part needs to list, show, create, update and delete it. */
export interface Resource<R extends Standard> {
  /** The key of a body with one, as `security_group`. */
  readonly singular: string
  readonly plural: keyof NetworkState
  /** Attributes that POST takes. */
  readonly creatable: readonly string[]
  /** Attributes that PUT takes. */
  readonly updatable: readonly string[]
  /** Attributes that lists can be filtered by, beside those every kind has. */
  readonly filters: readonly string[]
  rows(state: NetworkState): R[]
  /** Whether a project that is not the row's sees it. */
  isPublic(state: NetworkState, row: R): boolean
  /** The row as the API shows it. */
  view(state: NetworkState, row: R, caller: Caller): object
  create(state: NetworkState, fields: Fields, caller: Caller): R
  update(state: NetworkState, row: R, fields: Fields, caller: Caller): void
  remove(state: NetworkState, row: R, caller: Caller): void
  /** The message of its 404. */
  notFound(id: string): Error
}

export function isVisible<R extends Standard>(
  resource: Resource<R>,
  state: NetworkState,
  row: R,
  caller: Caller,
): boolean {
  return caller.isAdmin || row.project_id === caller.projectId || resource.isPublic(state, row)
}

export function find<R extends Standard>(resource: Resource<R>, state: NetworkState, id: string, caller: Caller): R {
  const row = resource.rows(state).find((one) => one.id === id)
  if (!row || !isVisible(resource, state, row, caller)) throw resource.notFound(id)
  return row
}

/** The row, if the caller may change it. */
export function findOwn<R extends Standard>(
  resource: Resource<R>,
  state: NetworkState,
  id: string,
  caller: Caller,
  verb: 'update' | 'delete',
): R {
  const row = find(resource, state, id, caller)
  if (caller.isAdmin || (caller.isMember && row.project_id === caller.projectId)) return row
  throw disallowed(`${verb}_${resource.singular}`)
}

/** The project of a new thing: the caller's own; administrators may make it for others. */
export function projectFor(fields: Fields, caller: Caller, action: string): string {
  if (!caller.isAdmin && !caller.isMember) throw disallowed(action)
  const wanted = fields['project_id'] ?? fields['tenant_id'] ?? caller.projectId
  if (wanted !== caller.projectId && !caller.isAdmin) throw disallowed(action)
  return String(wanted)
}

export function checkKnown(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).filter((name) => !known.includes(name))
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${unknown.join(', ')}'`)
}

/** A text of a body; `fallback` where it is absent. */
export function text(fields: Fields, name: string, fallback = ''): string {
  return fields[name] === undefined || fields[name] === null ? fallback : String(fields[name])
}
