import { HttpError } from '../http.ts'
import { type ApiCall, bodyOf, integer, invalid, isObject, onlyKeys, text } from './api-call.ts'
import { checkMetadata } from './metadata.ts'
import type { NetworkRequest } from './ports.ts'
import { checkTags } from './tags.ts'

/** A disk of a new server, as `block_device_mapping_v2` asks for it. */
export interface DiskRequest {
  readonly source: 'image' | 'volume' | 'snapshot' | 'blank'
  readonly destination: 'local' | 'volume'
  readonly id: string | undefined
  readonly bootIndex: number
  readonly sizeGiB: number | undefined
  readonly type: string | undefined
  readonly deleteOnTermination: boolean
}

/** The body of `POST /servers`, checked as far as it can be by itself. */
export interface CreateRequest {
  readonly name: string
  readonly flavorId: string
  readonly imageId: string | null
  readonly metadata: Record<string, string>
  readonly tags: string[]
  readonly description: string | null
  readonly keyName: string | null
  readonly userData: string | null
  readonly configDrive: boolean
  readonly zone: string | null
  readonly host: string | null
  readonly networks: readonly NetworkRequest[] | 'auto' | 'none'
  readonly securityGroups: readonly string[]
  readonly disks: readonly DiskRequest[]
  readonly serverGroup: string | null
  readonly count: number
}

/** base64 characters, that is 49,149 bytes. */
const MOST_USER_DATA = 65_535

const KEYS: readonly (readonly [key: string, since: number, until?: number])[] = [
  ...['name', 'imageRef', 'flavorRef', 'adminPass', 'metadata', 'networks', 'OS-DCF:diskConfig'].map(always),
  ...['accessIPv4', 'accessIPv6', 'availability_zone', 'block_device_mapping', 'block_device_mapping_v2'].map(always),
  ...['config_drive', 'key_name', 'min_count', 'max_count', 'return_reservation_id'].map(always),
  ...['security_groups', 'user_data'].map(always),
  ['personality', 1, 56],
  ['description', 19],
  ['tags', 52],
  ['trusted_image_certificates', 63],
  ['host', 74],
  ['hypervisor_hostname', 74],
  ['hostname', 90],
]

function always(key: string): readonly [string, number] {
  return [key, 1]
}

export function parseCreate(call: ApiCall): CreateRequest {
  const { minor } = call
  const body = bodyOf(call, 'server')
  const known = KEYS.filter(([, since, until = 999]) => since <= minor && minor <= until).map(([key]) => key)
  onlyKeys(body, 'server', known)
  const optional = (key: string) => (body[key] === undefined ? null : text(body[key], key))
  const name = text(body['name'], 'name').trim()
  const least = integer(body['min_count'] ?? 1, 'min_count', 1)
  return {
    ...{ name, flavorId: flavorId(body['flavorRef']), imageId: imageId(body['imageRef']) },
    metadata: body['metadata'] === undefined ? {} : checkMetadata(body['metadata']),
    tags: body['tags'] === undefined ? [] : checkTags(body['tags']),
    description: minor >= 19 ? ((body['description'] ?? null) as string | null) : name,
    keyName: optional('key_name'),
    userData: userData(body['user_data']),
    configDrive: body['config_drive'] === true || /^(true|1|yes)$/i.test(String(body['config_drive'])),
    ...place(call, optional('availability_zone'), optional('host')),
    networks: networks(body['networks'], minor),
    securityGroups: securityGroups(body['security_groups']),
    disks: disks(body['block_device_mapping_v2']),
    serverGroup: serverGroup(call.body),
    count: integer(body['max_count'] ?? least, 'max_count', 1),
  }
}

function flavorId(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid('flavorRef', value)
  return String(value).split('/').at(-1) ?? ''
}

function imageId(value: unknown): string | null {
  if (value === undefined || value === '') return null
  const id = String(value).split('/').at(-1) ?? ''
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id)) throw invalid('imageRef', value)
  return id
}

function userData(value: unknown): string | null {
  if (value === undefined) return null
  if (typeof value !== 'string' || value.length > MOST_USER_DATA) throw invalid('user_data', value)
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) throw new HttpError(400, 'User data needs to be valid base 64.')
  return value
}

/** `zone`, `zone:host` (administrators), or `host` since 2.74. */
function place(call: ApiCall, zone: string | null, host: string | null): Pick<CreateRequest, 'zone' | 'host'> {
  const [zoneName, forced] = zone?.split(':') ?? []
  const wanted = host ?? forced ?? null
  if (wanted !== null && !call.caller.isAdmin) {
    const rule = host === null ? 'servers:create:forced_host' : 'compute:servers:create:requested_destination'
    throw new HttpError(403, `Policy doesn't allow os_compute_api:${rule} to be performed.`)
  }
  return { zone: zoneName || null, host: wanted }
}

function networks(value: unknown, minor: number): CreateRequest['networks'] {
  if (value === undefined) {
    if (minor < 37) return []
    const rule = "'networks' is a required property"
    throw new HttpError(400, `Invalid input for field/attribute server. ${rule}`)
  }
  if (value === 'none' || value === 'auto') {
    if (minor < 37) throw invalid('networks', value)
    return value
  }
  if (!Array.isArray(value) || !value.every(isObject)) throw invalid('networks', value)
  for (const one of value) onlyKeys(one, 'networks', ['uuid', 'port', 'fixed_ip', ...(minor >= 42 ? ['tag'] : [])])
  return value as NetworkRequest[]
}

function securityGroups(value: unknown): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every(isObject)) throw invalid('security_groups', value)
  return [...new Set(value.map((one) => text(one['name'], 'name')))]
}

function disks(value: unknown): DiskRequest[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every(isObject)) throw invalid('block_device_mapping_v2', value)
  return value.map((one) => ({
    source: one['source_type'] as DiskRequest['source'],
    destination: (one['destination_type'] ?? 'volume') as DiskRequest['destination'],
    id: one['uuid'] as string | undefined,
    bootIndex: Number(one['boot_index'] ?? -1),
    sizeGiB: one['volume_size'] === undefined ? undefined : integer(one['volume_size'], 'volume_size', 1),
    type: one['volume_type'] as string | undefined,
    deleteOnTermination: one['delete_on_termination'] === true,
  }))
}

function serverGroup(body: unknown): string | null {
  const hints = isObject(body) ? (body['os:scheduler_hints'] ?? body['OS-SCH-HNT:scheduler_hints']) : undefined
  const group = isObject(hints) ? hints['group'] : undefined
  return typeof group === 'string' ? group : null
}
