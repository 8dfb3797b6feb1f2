import { type Call, HttpError } from './http.ts'
import { type Caller, canSee } from './image-policy.ts'
import { type ImageStore, imageJson, type StoredImage } from './image-store.ts'

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
type SortKey = (typeof SORT_KEYS)[number]
const VISIBILITIES = ['community', 'public', 'private', 'shared', 'all']
const IN_OPERATOR = ['name', 'id', 'status', 'disk_format', 'container_format']

interface Query {
  readonly limit: number
  readonly marker: string | undefined
  readonly sort: readonly (readonly [SortKey, 'asc' | 'desc'])[]
  readonly memberStatus: string
  readonly tests: readonly ((image: StoredImage) => boolean)[]
  readonly visibility: string | undefined
}

/** Glance's list: filters, order, pages. */
export class ImageList {
  readonly #images: ImageStore
  /** The whole store in one order, kept while nothing changes: a full list asks for it once per page. */
  #sorted: { version: number; order: string; images: StoredImage[]; places: Map<string, number> } | undefined

  constructor(images: ImageStore) {
    this.#images = images
  }

  /** The answer's body, as text. */
  page(call: Call, caller: Caller): string {
    const query = parseQuery(call.query)
    const { images, places } = this.#inOrder(query.sort)
    let start = 0
    if (query.marker !== undefined) {
      const marker = this.#images.get(query.marker)
      if (!marker || !canSee(marker, caller)) throw new HttpError(400, `No image found with ID ${query.marker}`)
      start = (places.get(marker.id) ?? images.length) + 1
    }
    const found: StoredImage[] = []
    for (let at = start; at < images.length && found.length < query.limit; at++) {
      const image = images[at] as StoredImage
      if (isListed(image, caller, query) && query.tests.every((test) => test(image))) found.push(image)
    }
    return render(call.query, found, query.limit)
  }

  #inOrder(sort: Query['sort']) {
    const order = JSON.stringify(sort)
    if (this.#sorted?.version !== this.#images.version || this.#sorted.order !== order) {
      const images = [...this.#images.all()].sort(comparison(sort))
      const places = new Map(images.map((image, place) => [image.id, place]))
      this.#sorted = { version: this.#images.version, order, images, places }
    }
    return this.#sorted
  }
}

/** Lists leave out hidden images, community images of others, and shared ones that were not accepted. */
function isListed(image: StoredImage, caller: Caller, query: Query): boolean {
  const own = image.owner === caller.project
  if (image.visibility === 'community' && !own && query.visibility !== 'community' && query.visibility !== 'all') {
    return false
  }
  if (own || caller.isAdmin || image.visibility === 'public' || image.visibility === 'community') return true
  if (image.visibility !== 'shared') return false
  const member = image.members.get(caller.project)
  return member !== undefined && (query.memberStatus === 'all' || member.status === query.memberStatus)
}

function parseQuery(params: URLSearchParams): Query {
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

function comparison(sort: Query['sort']) {
  const folded = new Map<string, string>()
  const value = (image: StoredImage, key: SortKey): string | number => {
    const raw = image[key]
    if (typeof raw === 'number') return raw
    if (key !== 'name') return raw ?? ''
    const text = raw ?? ''
    let known = folded.get(text)
    if (known === undefined) {
      known = fold(text)
      folded.set(text, known)
    }
    return known
  }
  return (a: StoredImage, b: StoredImage): number => {
    for (const [key, direction] of sort) {
      const left = value(a, key)
      const right = value(b, key)
      if (left !== right) return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1)
    }
    return 0
  }
}

function hiddenTest(text: string): (image: StoredImage) => boolean {
  const wanted = text.toLowerCase()
  if (wanted !== 'true' && wanted !== 'false') throw invalidBoolean(text, 'os_hidden')
  return (image) => image.os_hidden === (wanted === 'true')
}

function invalidBoolean(text: string, name: string): HttpError {
  return new HttpError(400, `Invalid value '${text}' for '${name}' filter. Valid values are 'true' or 'false'.`)
}

const NOT_FILTERS = ['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'member_status', 'os_hidden', 'deleted']

function filter(key: string, value: string | string[]): ((image: StoredImage) => boolean) | undefined {
  if (NOT_FILTERS.includes(key)) return undefined
  if (Array.isArray(value)) {
    const tags = value.map((tag) => fold(tag.trim()))
    return (image) => tags.every((tag) => image.tags.some((own) => fold(own) === tag))
  }
  if (key === 'visibility') return value === 'all' ? undefined : (image) => image.visibility === value
  if (key === 'created_at' || key === 'updated_at') return timeFilter(key, value)
  if (key === 'size_min' || key === 'size_max') return sizeFilter(key, value)
  if (key === 'protected') {
    if (value !== 'true' && value !== 'false') throw invalidBoolean(value, key)
    return (image) => image.protected === (value === 'true')
  }
  if (key === 'min_disk' || key === 'min_ram' || key === 'size') {
    const number = Number.parseInt(value, 10) || 0
    return (image) => image[key] === number
  }
  return textFilter(key, value)
}

/** A field or a property; operators are known only for five fields. */
function textFilter(key: string, value: string): (image: StoredImage) => boolean {
  const [, operator, rest] = /^([a-z]+):(.*)$/s.exec(value) ?? []
  let wanted = [value]
  if (IN_OPERATOR.includes(key) && operator !== undefined) {
    if (operator === 'in') wanted = (rest ?? '').split(',').map((one) => one.replace(/^"(.*)"$/s, '$1'))
    else if (operator === 'eq') wanted = [rest ?? '']
    else throw new HttpError(400, `Unable to filter by unknown operator '${operator}'.`)
  }
  const folded = new Set(wanted.map(fold))
  const field = TEXT_FIELDS[key]
  if (field) return (image) => folded.has(fold(field(image) ?? '\u0000'))
  const name = fold(key)
  return (image) => Object.entries(image.properties).some(([own, text]) => fold(own) === name && folded.has(fold(text)))
}

const TEXT_FIELDS: Readonly<Record<string, (image: StoredImage) => string | null>> = {
  name: (image) => image.name,
  id: (image) => image.id,
  status: (image) => image.status,
  disk_format: (image) => image.disk_format,
  container_format: (image) => image.container_format,
  owner: (image) => image.owner,
  checksum: (image) => image.checksum,
  os_hash_value: (image) => image.os_hash_value,
  os_hash_algo: (image) => image.os_hash_algo,
}

function sizeFilter(key: 'size_min' | 'size_max', value: string): (image: StoredImage) => boolean {
  const bound = Number(value)
  if (Number.isNaN(bound)) throw new HttpError(400, 'Unable to filter on a range with a non-numeric value.')
  return (image) => image.size !== null && (key === 'size_min' ? image.size >= bound : image.size <= bound)
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  gte: (a, b) => a >= b,
  gt: (a, b) => a > b,
  lte: (a, b) => a <= b,
  lt: (a, b) => a < b,
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
}

function timeFilter(key: 'created_at' | 'updated_at', value: string): (image: StoredImage) => boolean {
  const [, operator = 'eq', text = ''] = /^(?:([a-z]+):)?(.*)$/s.exec(value) ?? []
  const compare = COMPARE[operator]
  if (!compare) throw new HttpError(400, 'Unable to filter on a unknown operator.')
  // A time without a zone is UTC.
  const bound = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  if (Number.isNaN(bound)) {
    throw new HttpError(400, `Bad "${key}" query filter format. Use ISO 8601 DateTime notation.`)
  }
  return (image) => compare(image[key], bound)
}

/** As MySQL's general_ci collation compares: no case, no accents, no trailing blanks. */
function fold(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is meant
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase().trimEnd()
  return text
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .trimEnd()
}

/** The links repeat the query with the last value of each name; a full page has a next link, also when nothing follows. */
function render(params: URLSearchParams, found: readonly StoredImage[], limit: number): string {
  const repeated = new URLSearchParams(Object.fromEntries(params))
  repeated.delete('marker')
  const first = repeated.size > 0 ? `/v2/images?${repeated}` : '/v2/images'
  const last = found.at(-1)
  let next = ''
  if (last && found.length === limit) {
    repeated.append('marker', last.id)
    next = `, "next": ${JSON.stringify(`/v2/images?${repeated}`)}`
  }
  const images = found.map(imageJson).join(', ')
  return `{"images": [${images}], "first": ${JSON.stringify(first)}${next}, "schema": "/v2/schemas/images"}`
}
