import { type Call, HttpError, readBody } from './http.ts'
import type { StoredImage, Visibility } from './image.ts'
import { type Caller, notAuthorized, requireOwner } from './image-policy.ts'
import { checkChangeable, checkLimits, checkValue, isBase } from './image-schema.ts'

const CONTENT_TYPES = ['application/openstack-images-v2.0-json-patch', 'application/openstack-images-v2.1-json-patch']
const OPERATIONS = ['add', 'remove', 'replace']
const CONFLICT = 'There was a conflict when trying to complete your request.'
const FORBIDDEN = 'Access was denied to this resource.'

export interface Change {
  readonly operation: 'add' | 'remove' | 'replace'
  readonly key: string
  readonly value: unknown
}

/** The changes of a PATCH, checked as far as Glance does before it looks at the image. */
export async function parsePatch(call: Call): Promise<Change[]> {
  const type = call.headers['content-type']?.split(';')[0]?.trim() ?? ''
  if (!CONTENT_TYPES.includes(type)) {
    const allowed = CONTENT_TYPES.join(', ')
    const explanation = `The request media type ${type} is not supported by this server.`
    const detail = `Image PATCH expects Content-Type one of: ${allowed}`
    throw new HttpError(415, explanation, { 'accept-patch': allowed }, detail)
  }
  const body = await jsonBody(call)
  if (!Array.isArray(body)) throw new HttpError(400, 'Request body must be a JSON array of operation objects.')
  return body.map((raw) => parseChange(raw, type === CONTENT_TYPES[0]))
}

export async function jsonBody(call: Call): Promise<unknown> {
  const text = (await readBody(call)).toString()
  if (text === '') throw new HttpError(400, 'Body expected in request.')
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(400, 'Malformed JSON in request body.')
  }
}

function parseChange(raw: unknown, isOldStyle: boolean): Change {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new HttpError(400, 'Operations must be JSON objects.')
  }
  const { operation, path, hasValue, value } = isOldStyle ? oldStyle(raw) : newStyle(raw as Record<string, unknown>)
  const parts = decodePointer(path)
  const depth = parts[0] === 'locations' && operation !== 'replace' ? 2 : 1
  if (parts.length !== depth) {
    throw new HttpError(400, `Invalid JSON pointer for this resource: '/${parts.join('/')}'`)
  }
  if (operation !== 'remove' && !hasValue) {
    throw new HttpError(400, `Operation "${operation}" requires a member named "value".`)
  }
  const key = parts[0] ?? ''
  checkChangeable(key)
  if (operation !== 'remove') checkValue(key, value)
  return { operation: operation as Change['operation'], key, value }
}

function newStyle(raw: Record<string, unknown>) {
  const available = OPERATIONS.join(', ')
  if (raw['op'] === undefined) {
    throw new HttpError(
      400,
      `Unable to find \`op\` in JSON Schema change. It must be one of the following: ${available}.`,
    )
  }
  const operation = String(raw['op'])
  if (!OPERATIONS.includes(operation)) {
    throw new HttpError(400, `Invalid operation: \`${operation}\`. It must be one of the following: ${available}.`)
  }
  if (raw['path'] === undefined) throw new HttpError(400, "Unable to find 'path' in JSON Schema change")
  return { operation, path: String(raw['path']), hasValue: 'value' in raw, value: raw['value'] }
}

/** The form of v2.0: the operation's name is the key of the path. */
function oldStyle(raw: object) {
  const [operation, ...more] = OPERATIONS.filter((one) => one in raw)
  if (operation === undefined || more.length > 0) {
    throw new HttpError(400, 'Operation objects must contain exactly one member named "add", "remove", or "replace".')
  }
  const { [operation]: path, value } = raw as Record<string, unknown>
  return { operation, path: String(path), hasValue: 'value' in raw, value }
}

function decodePointer(pointer: string): string[] {
  if (!pointer.startsWith('/')) throw new HttpError(400, `Pointer \`${pointer}\` does not start with "/".`)
  if (/\/\s*?\//.test(pointer.slice(1))) throw new HttpError(400, `Pointer \`${pointer}\` contains adjacent "/".`)
  if (pointer.length > 1 && pointer.endsWith('/')) throw new HttpError(400, `Pointer \`${pointer}\` end with "/".`)
  if (/~[^01]|~$/.test(pointer)) {
    throw new HttpError(400, `Pointer \`${pointer}\` contains "~" not part of a recognized escape sequence.`)
  }
  const parts = pointer.replace(/^\/+/, '').split('/')
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~').trim())
}

/** The image's fields after the changes; the image itself is untouched until all of them are accepted. */
export function applyPatch(image: StoredImage, changes: readonly Change[], caller: Caller): Partial<StoredImage> {
  const result = { ...image, properties: { ...image.properties } }
  for (const change of changes) {
    if (change.key === 'locations') throw locationsRefused(change)
    if (change.key === 'owner' && change.operation === 'replace' && !caller.isAdmin) {
      throw new HttpError(403, FORBIDDEN, {}, "Owner can't be updated by non admin.")
    }
    requireOwner(image, caller, 'modify_image')
    if (change.operation === 'remove') remove(result.properties, change.key)
    else set(result, image, change, caller)
  }
  if (result.owner !== image.owner && !caller.isAdmin) {
    throw new HttpError(403, `Forbidding request, image ${image.id} not visible`)
  }
  checkLimits(result)
  const { name, disk_format, container_format, visibility, min_disk, min_ram, owner, os_hidden, tags, properties } =
    result
  const fields = { name, disk_format, container_format, visibility, min_disk, min_ram, owner, os_hidden, tags }
  return { ...fields, properties, protected: result.protected }
}

function locationsRefused(change: Change): HttpError {
  return new HttpError(
    403,
    FORBIDDEN,
    {},
    `Cannot ${change.operation === 'replace' ? 'set' : 'change'} locations to empty list.`,
  )
}

function remove(properties: Record<string, string>, key: string): void {
  if (isBase(key)) throw new HttpError(403, FORBIDDEN, {}, `Property ${key} may not be removed.`)
  if (!(key in properties)) throw new HttpError(409, CONFLICT, {}, `Property ${key} does not exist.`)
  delete properties[key]
}

function set(result: StoredImage, image: StoredImage, { operation, key, value }: Change, caller: Caller): void {
  if (!isBase(key)) {
    if (operation === 'replace' && !(key in result.properties)) {
      throw new HttpError(409, CONFLICT, {}, `Property ${key} does not exist.`)
    }
    result.properties[key] = value as string
    return
  }
  if (key === 'visibility') {
    if (value === 'public' && !caller.isAdmin) throw notAuthorized('publicize_image')
    result.visibility = value as Visibility
  } else if (key === 'disk_format' || key === 'container_format') {
    if (image.status !== 'queued') {
      throw new HttpError(403, `Attribute ${key} can be only replaced for a queued image.`)
    }
    result[key] = value as string
  } else if (key === 'tags') result.tags = [...new Set(value as string[])]
  else Object.assign(result, { [key]: value })
}
