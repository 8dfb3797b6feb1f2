import { OpenStackError } from './errors.ts'

/** States of an image, verbatim (Image API v2). More may come: treat an unknown one as "not usable". */
export type GlanceStatus =
  | 'queued'
  | 'saving'
  | 'uploading'
  | 'importing'
  | 'active'
  | 'deactivated'
  | 'killed'
  | 'deleted'
  | 'pending_delete'

export type GlanceVisibility = 'public' | 'community' | 'shared' | 'private'

/** An image as the Image API v2 shows it; names are Glance's own. */
export interface GlanceImage {
  id: string
  name?: string
  status: GlanceStatus
  visibility: GlanceVisibility
  protected: boolean
  /** Bytes; absent before the data is there. */
  size?: number
  /** Bytes of the virtual disk; absent where Glance does not know. */
  virtual_size?: number
  disk_format?: string
  container_format?: string
  /** GiB. */
  min_disk: number
  /** MiB. */
  min_ram: number
  /** Project id. */
  owner?: string
  tags: string[]
  /** MD5 of the data. */
  checksum?: string
  os_hash_algo?: string
  os_hash_value?: string
  os_hidden: boolean
  /** RFC 3339, resolution 1 s. */
  created_at: string
  updated_at: string
  /** Names of the stores that hold the data. */
  stores: string[]
  /** Free properties: every other string. `os_glance_*` are Glance's own notes. */
  properties: Record<string, string>
}

/** Fields that are not free properties. */
const baseFields = new Set(
  [
    'id name status visibility protected size virtual_size disk_format container_format min_disk min_ram owner tags',
    'checksum os_hash_algo os_hash_value os_hidden created_at updated_at stores self file schema locations direct_url',
    'first next deleted deleted_at is_public location os_hash hidden',
  ].flatMap((line) => line.split(' ')),
)

/** Whether `key` cannot be a free property: a field of the image itself, or Glance's own `os_glance_*`. */
export function isReservedPropertyKey(key: string): boolean {
  return baseFields.has(key) || key.startsWith('os_glance_')
}

/** Throws `InvalidSpec` where a free property would stand for something else. */
export function checkPropertyKeys(properties: Readonly<Record<string, string>>): void {
  const key = Object.keys(properties).find(isReservedPropertyKey)
  if (key === undefined) return
  throw new OpenStackError(`the property key "${key}" belongs to Glance; choose another one`, {
    class: 'InvalidSpec',
    code: 'ReservedProperty',
    service: 'image',
  })
}

/** A decoded JSON object as a `GlanceImage`; anything else is an answer that Glance does not give. */
export function parseGlanceImage(value: unknown): GlanceImage {
  const record = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  if (typeof record['id'] !== 'string' || typeof record['status'] !== 'string') {
    throw new OpenStackError('image: the answer is not an image', {
      class: 'Unavailable',
      code: 'InvalidAnswer',
      service: 'image',
    })
  }
  const properties: Record<string, string> = {}
  for (const [key, field] of Object.entries(record)) {
    if (typeof field === 'string' && !baseFields.has(key)) properties[key] = field
  }
  const image: GlanceImage = {
    id: record['id'],
    status: record['status'] as GlanceStatus,
    visibility: (record['visibility'] ?? 'shared') as GlanceVisibility,
    protected: record['protected'] === true,
    min_disk: Number(record['min_disk'] ?? 0),
    min_ram: Number(record['min_ram'] ?? 0),
    tags: Array.isArray(record['tags']) ? record['tags'].map(String) : [],
    os_hidden: record['os_hidden'] === true,
    created_at: String(record['created_at'] ?? ''),
    updated_at: String(record['updated_at'] ?? ''),
    stores: typeof record['stores'] === 'string' && record['stores'] !== '' ? record['stores'].split(',') : [],
    properties,
  }
  for (const key of ['name', 'disk_format', 'container_format', 'owner', 'checksum'] as const) {
    const field = record[key]
    if (typeof field === 'string') image[key] = field
  }
  for (const key of ['os_hash_algo', 'os_hash_value'] as const) {
    const field = record[key]
    if (typeof field === 'string') image[key] = field
  }
  for (const key of ['size', 'virtual_size'] as const) {
    const field = record[key]
    if (typeof field === 'number') image[key] = field
  }
  return image
}
