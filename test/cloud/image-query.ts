import { HttpError } from './http.ts'
import type { StoredImage } from './image.ts'
import { filter, hiddenTest } from './image-filter.ts'

const DEFAULT_LIMIT = 25
const LARGEST_LIMIT = 1000
const SORT_KEYS = [
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
] as const
export type SortKey = (typeof SORT_KEYS)[number]
const VISIBILITIES = ['community', 'public', 'private', 'shared', 'all']

export interface Query {
  readonly limit: number
  readonly marker: string | undefined
  readonly sort: readonly (readonly [SortKey, 'asc' | 'desc'])[]
  readonly memberStatus: string
  readonly tests: readonly ((image: StoredImage) => boolean)[]
  readonly visibility: string | undefined
}

/** The query of a list, checked in Glance's order. */
export function parseQuery(params: URLSearchParams): Query {
  const memberStatus = params.get('member_status') ?? 'accepted'
  if (!['pending', 'accepted', 'rejected', 'all'].includes(memberStatus)) {
    throw new HttpError(400, `Invalid status: ${memberStatus}`)
  }
  const sort = parseSort(params)
  const visibility = params.get('visibility') ?? undefined
  if (visibility && !VISIBILITIES.includes(visibility)) {
    throw new HttpError(400, `Invalid visibility value: ${visibility}`)
  }
  if (params.get('changes-since')) {
    throw new HttpError(400, 'The "changes-since" filter is no longer available on v2.')
  }
  const tests = [hiddenTest(params.get('os_hidden') ?? 'false')]
  for (const key of new Set(params.keys())) {
    const values = params.getAll(key)
    const test = filter(key, key === 'tag' ? values : (values.at(-1) ?? ''))
    if (test) tests.push(test)
  }
  return { limit: parseLimit(params), marker: params.get('marker') ?? undefined, sort, memberStatus, tests, visibility }
}

function parseLimit(params: URLSearchParams): number {
  const text = params.getAll('limit').at(-1)
  if (text === undefined) return DEFAULT_LIMIT
  if (!/^-?\d+$/.test(text)) throw new HttpError(400, 'limit param must be an integer')
  if (Number(text) < 0) throw new HttpError(400, 'limit param must be positive')
  return Math.min(Number(text), LARGEST_LIMIT)
}

/** Either `sort=name:asc,size` or `sort_key` and `sort_dir`, repeated. */
function parseSort(params: URLSearchParams): Query['sort'] {
  let keys = params.getAll('sort_key').map((key) => key.trim())
  let directions = params.getAll('sort_dir').map((direction) => direction.trim())
  const combined = params.get('sort')
  if (combined !== null) {
    if (keys.length > 0 || directions.length > 0) {
      throw new HttpError(400, 'Old and new sorting syntax cannot be combined')
    }
    const parts = combined.split(',').map((part) => part.split(':'))
    keys = parts.map(([key]) => key?.trim() ?? '')
    directions = parts.map(([, direction]) => direction?.trim() || 'desc')
  }
  for (const key of keys) checkSortKey(key)
  for (const direction of directions) {
    if (direction !== 'asc' && direction !== 'desc') throw new HttpError(400, `Invalid sort direction: ${direction}`)
  }
  if (directions.length > 1 && directions.length !== keys.length) {
    throw new HttpError(400, 'Number of sort dirs does not match the number of sort keys')
  }
  const fallback = (directions[0] ?? 'desc') as 'asc' | 'desc'
  const all = (keys.length > 0 ? keys : ['created_at']).map((key, at) => [key, directions[at] ?? fallback] as const)
  for (const key of ['created_at', 'id']) if (!all.some(([one]) => one === key)) all.push([key, fallback])
  return all as Query['sort']
}

function checkSortKey(key: string): void {
  if (!(SORT_KEYS as readonly string[]).includes(key)) {
    throw new HttpError(400, `Invalid sort key: ${key}. It must be one of the following: ${SORT_KEYS.join(', ')}.`)
  }
}
