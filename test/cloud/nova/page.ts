import { HttpError } from '../http.ts'
import type { ApiCall } from './api-call.ts'

const LARGEST_PAGE = 1000

interface Page<T> {
  readonly items: readonly T[]
  /** Of the next page; absent on the last one. A full page always has one. */
  readonly links: readonly object[] | undefined
}

/** The part of a list that `limit` and `marker` ask for. */
export function page<T extends { readonly id: string | number }>(
  { query, base }: ApiCall,
  all: readonly T[],
  path: string,
  unknownMarker: (marker: string) => HttpError,
): Page<T> {
  const asked = query.get('limit')
  if (asked !== null && !/^\d+$/.test(asked)) {
    throw new HttpError(
      400,
      `Invalid input for query parameters limit. Value: ${asked}. '${asked}' does not match '^[0-9]*$'`,
    )
  }
  const limit = Math.min(asked === null ? LARGEST_PAGE : Number(asked), LARGEST_PAGE)
  const marker = query.get('marker')
  const after = marker === null ? -1 : all.findIndex(({ id }) => String(id) === marker)
  if (marker !== null && after < 0) throw unknownMarker(marker)
  const items = all.slice(after + 1, after + 1 + limit)
  const last = items.at(-1)
  if (last === undefined || items.length < limit) return { items, links: undefined }
  const next = new URLSearchParams(query)
  next.set('marker', String(last.id))
  return { items, links: [{ rel: 'next', href: `${base}/${path}?${next}` }] }
}
