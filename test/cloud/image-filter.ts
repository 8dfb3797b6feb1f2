import { fold } from './collation.ts'
import { HttpError } from './http.ts'
import type { StoredImage } from './image.ts'

const IN_OPERATOR = ['name', 'id', 'status', 'disk_format', 'container_format']
const NOT_FILTERS = ['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'member_status', 'os_hidden', 'deleted']

/** The test of one query parameter; undefined where it is none. */
export function filter(key: string, value: string | string[]): ((image: StoredImage) => boolean) | undefined {
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

export function hiddenTest(text: string): (image: StoredImage) => boolean {
  const wanted = text.toLowerCase()
  if (wanted !== 'true' && wanted !== 'false') throw invalidBoolean(text, 'os_hidden')
  return (image) => image.os_hidden === (wanted === 'true')
}

function invalidBoolean(text: string, name: string): HttpError {
  return new HttpError(400, `Invalid value '${text}' for '${name}' filter. Valid values are 'true' or 'false'.`)
}
