import { HttpError } from '../http.ts'
import type { Caller } from './caller.ts'
import type { Neighbours } from './ports.ts'
import type { ComputeState } from './state.ts'

/** One request to Nova, without HTTP: the path is relative to `/v2.1`. */
export interface ApiCall {
  readonly method: string
  readonly path: string
  readonly params: readonly string[]
  readonly query: URLSearchParams
  /** The parsed body; undefined where there was none. */
  readonly body: unknown
  /** The minor number of the microversion. */
  readonly minor: number
  readonly caller: Caller
  readonly state: ComputeState
  readonly neighbours: Neighbours
  /** Nova's address with `/v2.1`, for links. */
  readonly base: string
}

export function invalid(field: string, value: unknown): HttpError {
  return new HttpError(400, `Invalid input for field/attribute ${field}. Value: ${JSON.stringify(value) ?? 'None'}. `)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object under the one key of the body. */
export function bodyOf(call: Pick<ApiCall, 'body'>, key: string): Record<string, unknown> {
  const inner = isObject(call.body) ? call.body[key] : undefined
  if (!isObject(inner)) throw invalid(key, inner)
  return inner
}

/** 400 for keys that Nova's schema does not have. */
export function onlyKeys(value: Record<string, unknown>, where: string, known: readonly string[]): void {
  const unknown = Object.keys(value).filter((key) => !known.includes(key))
  if (unknown.length === 0) return
  const list = unknown.map((key) => `'${key}'`).join(', ')
  const were = unknown.length === 1 ? 'was' : 'were'
  const rule = `Additional properties are not allowed (${list} ${were} unexpected)`
  throw new HttpError(400, `Invalid input for field/attribute ${where}. Value: ${JSON.stringify(value)}. ${rule}`)
}

/** A whole number, also as text, at least `least`. */
export function integer(value: unknown, field: string, least: number): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > 2_147_483_647) {
    throw invalid(field, value)
  }
  return number
}

export function text(value: unknown, field: string, { least = 1, most = 255 } = {}): string {
  if (typeof value !== 'string' || value.length < least || value.length > most) throw invalid(field, value)
  return value
}

/** Before this microversion the path does not exist. */
export function since(call: ApiCall, minor: number): void {
  if (call.minor < minor) throw new HttpError(404, 'The resource could not be found.')
}

const PAGING = ['limit', 'marker', 'page_size', 'sort_key', 'sort_dir']

/** 400 for parameters that the list does not know, from the microversion on that looks at them. */
export function onlyQuery({ query, minor }: ApiCall, since: number, known: readonly string[]): void {
  const unknown = [...query.keys()].filter((key) => !known.includes(key) && !PAGING.includes(key))
  if (minor < since || unknown.length === 0) return
  const rule = `Additional properties are not allowed ('${unknown.join("', '")}' was unexpected)`
  throw new HttpError(400, `Invalid input for query parameters. ${rule}`)
}
