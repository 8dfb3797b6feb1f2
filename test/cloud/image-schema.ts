import { HttpError } from './http.ts'
import type { StoredImage, Visibility } from './image.ts'

const ID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/
const DISK_FORMATS = ['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop']
const CONTAINER_FORMATS = ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed']
const VISIBILITIES = ['community', 'public', 'private', 'shared']
const LARGEST_INTEGER = 2 ** 31 - 1
/** A property's value is a TEXT column. */
const LARGEST_VALUE_BYTES = 65_535
const LARGEST_KEY = 255
const MOST_PROPERTIES = 128
const MOST_TAGS = 128

const DISALLOWED = ['direct_url', 'self', 'file', 'schema', 'stores']
const READ_ONLY_AT_CREATION = ['created_at', 'updated_at', 'status', 'checksum', 'size', 'virtual_size']
const READ_ONLY = [
  ...READ_ONLY_AT_CREATION,
  'direct_url',
  'self',
  'file',
  'schema',
  'id',
  'os_hash_algo',
  'os_hash_value',
]
const RESERVED = ['location', 'deleted', 'deleted_at']
const RESERVED_NAMESPACE = 'os_glance_'
/** The fields of an image that a client may set; everything else is a property. */
export const BASE = [
  'name',
  'disk_format',
  'container_format',
  'visibility',
  'protected',
  'min_ram',
  'min_disk',
  'owner',
  'os_hidden',
  'tags',
] as const
export type BaseField = (typeof BASE)[number]

const FORBIDDEN = 'Access was denied to this resource.'

export function isBase(key: string): key is BaseField {
  return (BASE as readonly string[]).includes(key)
}

/** Fields and properties of a new image, from a body that is already known to be an object. */
export function parseNewImage(body: Record<string, unknown>): Partial<StoredImage> {
  for (const key of DISALLOWED) if (key in body) throw readOnly(key)
  for (const [key, value] of Object.entries(body)) checkValue(key, value)
  const fields: Record<string, unknown> = {}
  const properties: Record<string, string> = {}
  for (const [key, value] of Object.entries(body)) {
    if (key === 'id' || isBase(key)) fields[key] = key === 'tags' ? [...new Set(value as string[])] : value
    else if (key !== 'os_hash_algo' && key !== 'os_hash_value') properties[key] = value as string
  }
  for (const key of Object.keys(properties)) {
    if (key.length > LARGEST_KEY) {
      throw new HttpError(400, `Custom property should not be greater than ${LARGEST_KEY} characters.`)
    }
    if (isReserved(key)) throw new HttpError(403, FORBIDDEN, {}, `Attribute '${key}' is reserved.`)
  }
  for (const key of READ_ONLY_AT_CREATION) if (key in body) throw readOnly(key)
  if ('locations' in body) throw new HttpError(403, "Attribute 'locations' is reserved.")
  return { ...fields, properties }
}

/** The name at the root of a JSON patch's path must be one that clients may change. */
export function checkChangeable(key: string): void {
  if (READ_ONLY.includes(key)) throw readOnly(key)
  if (isReserved(key)) throw new HttpError(403, `Attribute '${key}' is reserved.`)
}

function isReserved(key: string): boolean {
  return RESERVED.includes(key) || key.startsWith(RESERVED_NAMESPACE)
}

function readOnly(key: string): HttpError {
  return new HttpError(403, `Attribute '${key}' is read-only.`)
}

/** One field against Glance's JSON schema of an image. */
export function checkValue(key: string, value: unknown): void {
  const reject = (why: string, culprit = value) => {
    throw new HttpError(400, `Provided object does not match schema 'image': ${python(culprit)} ${why}`)
  }
  const oneOf = (allowed: readonly (string | null)[]) => {
    if (!allowed.includes(value as string)) reject(`is not one of [${allowed.map(python).join(', ')}]`)
  }
  if (key === 'id') {
    if (typeof value !== 'string' || !ID.test(value)) reject(`does not match '${ID.source}'`)
  } else if (key === 'name') {
    if (value !== null && typeof value !== 'string') reject("is not of type 'null', 'string'")
    if (typeof value === 'string' && [...value].length > 255) reject('is too long')
  } else if (key === 'disk_format') oneOf([null, ...DISK_FORMATS])
  else if (key === 'container_format') oneOf([null, ...CONTAINER_FORMATS])
  else if (key === 'visibility') oneOf(VISIBILITIES)
  else if (key === 'protected' || key === 'os_hidden') {
    if (typeof value !== 'boolean') reject("is not of type 'boolean'")
  } else if (key === 'min_disk' || key === 'min_ram') {
    if (!Number.isInteger(value)) reject("is not of type 'integer'")
  } else if (key === 'tags') checkTags(value, reject)
  else if (key === 'owner') {
    if (value !== null && typeof value !== 'string') reject("is not of type 'null', 'string'")
  } else if (key === 'locations' || key === 'size' || key === 'virtual_size') {
    // Refused as read-only or reserved, whatever the value.
  } else if (typeof value !== 'string') reject("is not of type 'string'")
}

/** The value as Python prints it: the messages are Glance's. */
function python(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return value === null ? 'None' : JSON.stringify(value)
}

function checkTags(value: unknown, reject: (why: string, culprit?: unknown) => void): void {
  if (!Array.isArray(value)) reject("is not of type 'array'")
  for (const tag of value as unknown[]) {
    if (typeof tag !== 'string') reject("is not of type 'string'", tag)
    else if ([...tag].length > 255) reject('is too long', tag)
  }
}

/** What Glance finds only after the schema: ranges, character sets, numbers of things, the database's limits. */
export function checkLimits(image: Partial<StoredImage>): void {
  for (const key of ['min_disk', 'min_ram'] as const) {
    const value = image[key] ?? 0
    if (value < 0)
      throw new HttpError(400, `Invalid value '${value}' for parameter '${key}': Cannot be a negative value`)
    if (value > LARGEST_INTEGER) {
      throw new HttpError(400, `'${key}' value out of range, must not exceed ${LARGEST_INTEGER}.`)
    }
  }
  const properties = Object.entries(image.properties ?? {})
  const tags = image.tags ?? []
  if (properties.length > MOST_PROPERTIES) throw tooMany('properties', properties.length, MOST_PROPERTIES)
  if (tags.length > MOST_TAGS) throw tooMany('tags', tags.length, MOST_TAGS)
  if (hasFourBytes(image.name ?? '')) throw new HttpError(400, "Name can't contain 4 byte unicode characters.")
  if (tags.some(hasFourBytes)) throw new HttpError(400, "Param values can't contain 4 byte unicode.")
  for (const [key, value] of properties) {
    if (hasFourBytes(value)) {
      const title = key.charAt(0).toUpperCase() + key.slice(1)
      throw new HttpError(400, `${title} can't contain 4 byte unicode characters.`)
    }
    if (Buffer.byteLength(value) > LARGEST_VALUE_BYTES || key.length > LARGEST_KEY) throw internal()
  }
}

function tooMany(what: string, attempted: number, maximum: number): HttpError {
  const message = `The limit has been exceeded on the number of allowed image ${what}.`
  return new HttpError(413, `${message} Attempted: ${attempted}, Maximum: ${maximum}`)
}

/** MySQL's utf8 columns end at three bytes. */
function hasFourBytes(text: string): boolean {
  return /[\u{10000}-\u{10FFFF}]/u.test(text)
}

export function internal(): HttpError {
  return new HttpError(500, 'The server has either erred or is incapable of performing the requested operation.')
}

export type { Visibility }
