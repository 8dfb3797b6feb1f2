import { createHash } from 'node:crypto'

export type ImageStatus = 'queued' | 'saving' | 'uploading' | 'importing' | 'active' | 'deactivated' | 'deleted'

export type Visibility = 'public' | 'community' | 'shared' | 'private'

export interface Member {
  readonly member_id: string
  status: 'pending' | 'accepted' | 'rejected'
  readonly created_at: number
  updated_at: number
}

export interface ImportTask {
  readonly id: string
  status: 'pending' | 'processing' | 'success' | 'failure'
  message: string
  result: object | null
  readonly input: object
  readonly userId: string
  readonly requestId: string
  readonly created_at: number
  updated_at: number
}

/** An image under Glance's own names; times are milliseconds since the epoch, in whole seconds as the database has them. */
export interface StoredImage {
  readonly id: string
  name: string | null
  disk_format: string | null
  container_format: string | null
  visibility: Visibility
  size: number | null
  virtual_size: number | null
  status: ImageStatus
  checksum: string | null
  protected: boolean
  min_ram: number
  min_disk: number
  owner: string
  os_hidden: boolean
  os_hash_algo: string | null
  os_hash_value: string | null
  created_at: number
  updated_at: number
  tags: string[]
  properties: Record<string, string>
  stores: string[]
  readonly members: Map<string, Member>
  readonly tasks: ImportTask[]
  /** The content, where it is small enough to be kept. */
  content: Buffer | undefined
  contentSha256: string | undefined
  staged: { size: number; content: Buffer | undefined } | undefined
  /** A refused upload left its file in the store: every later upload of this image fails with 500. */
  leftover: boolean
}

/** A new image's fields, with this time in both timestamps. */
export function blankImage(time: number): StoredImage {
  return {
    id: '',
    name: null,
    disk_format: null,
    container_format: null,
    visibility: 'shared',
    size: null,
    virtual_size: null,
    status: 'queued',
    checksum: null,
    protected: false,
    min_ram: 0,
    min_disk: 0,
    owner: '',
    os_hidden: false,
    os_hash_algo: null,
    os_hash_value: null,
    created_at: time,
    updated_at: time,
    tags: [],
    properties: {},
    stores: [],
    members: new Map(),
    tasks: [],
    content: undefined,
    contentSha256: undefined,
    staged: undefined,
    leftover: false,
  }
}

/** What Glance records of an active image's content. */
export function contentFields(content: Buffer) {
  return {
    size: content.length,
    virtual_size: content.length,
    checksum: createHash('md5').update(content).digest('hex'),
    os_hash_algo: 'sha512',
    os_hash_value: createHash('sha512').update(content).digest('hex'),
    contentSha256: createHash('sha256').update(content).digest('hex'),
  }
}

const views = new WeakMap<StoredImage, string>()

export function forgetJson(image: StoredImage): void {
  views.delete(image)
}

/** The image as Glance shows it, as JSON text; kept until the image changes, since lists are long. */
export function imageJson(image: StoredImage): string {
  let text = views.get(image)
  if (text === undefined) {
    text = JSON.stringify(view(image))
    views.set(image, text)
  }
  return text
}

function view(image: StoredImage) {
  const self = `/v2/images/${image.id}`
  return {
    ...image.properties,
    name: image.name,
    disk_format: image.disk_format,
    container_format: image.container_format,
    visibility: image.visibility,
    size: image.size,
    virtual_size: image.virtual_size,
    status: image.status,
    checksum: image.checksum,
    protected: image.protected,
    min_ram: image.min_ram,
    min_disk: image.min_disk,
    owner: image.owner,
    os_hidden: image.os_hidden,
    os_hash_algo: image.os_hash_algo,
    os_hash_value: image.os_hash_value,
    id: image.id,
    created_at: timestamp(image.created_at),
    updated_at: timestamp(image.updated_at),
    tags: image.tags,
    self,
    file: `${self}/file`,
    schema: '/v2/schemas/image',
    // Glance leaves the stores out while the image is deactivated.
    ...(image.stores.length > 0 && image.status !== 'deactivated' && { stores: image.stores.join(',') }),
  }
}

export function timestamp(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
