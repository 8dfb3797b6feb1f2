import { HttpError } from './http.ts'
import type { ImportTask, StoredImage } from './image.ts'
import { STORES } from './image-data.ts'
import { type Caller, notAuthorized, requireOwner } from './image-policy.ts'

export const IMPORT_METHODS = ['glance-direct', 'web-download', 'copy-image', 'glance-download']
const TASK_DAYS = 2

/** A parsed import request. */
export interface Wanted {
  readonly name: string
  readonly uri: string | undefined
  readonly stores: string[]
  readonly body: object
}

export function parseImport(body: unknown, methods: readonly string[]): Wanted {
  const request = body as { method?: { name?: string; uri?: string }; stores?: string[]; all_stores?: unknown }
  if (!request?.method) throw new HttpError(400, "Import request requires a 'method' field.")
  const { name, uri } = request.method
  if (name === undefined) throw new HttpError(400, "Import request requires a 'name' field.")
  if (!methods.includes(name)) throw new HttpError(400, `Unknown import method name '${name}'.`)
  if (request.all_stores !== undefined && typeof request.all_stores !== 'boolean') {
    throw new HttpError(400, "'all_stores' must be boolean value only")
  }
  const stores = request.all_stores ? [...STORES] : (request.stores ?? STORES.slice(0, 1))
  return { name, uri, stores, body: request }
}

export function checkState(image: StoredImage, method: string): void {
  const conflict = (message: string) => {
    throw new HttpError(409, message)
  }
  if (image.status === 'active' && method !== 'copy-image') {
    conflict('Image with status active cannot be target for import')
  }
  if (image.status !== 'active' && method === 'copy-image') {
    conflict('Only images with status active can be targeted for copying')
  }
  if (image.status !== 'queued' && (method === 'web-download' || method === 'glance-download')) {
    conflict(`Image needs to be in 'queued' state to use '${method}' method`)
  }
  if (image.status !== 'uploading' && method === 'glance-direct') {
    conflict("Image needs to be staged before 'glance-direct' method can be used")
  }
  for (const key of ['container_format', 'disk_format'] as const) {
    if (image[key] === null) conflict(`'${key}' needs to be set before import`)
  }
  if (method === 'glance-download') {
    throw new HttpError(400, "'glance_region' needs to be set for glance-download import method")
  }
}

export function checkPolicy(image: StoredImage, caller: Caller, method: string): void {
  if (method !== 'copy-image') requireOwner(image, caller, 'modify_image')
  else if (!caller.isAdmin) throw notAuthorized('copy_image')
}

export function checkCopy(image: StoredImage, stores: readonly string[]): void {
  const present = stores.find((store) => image.stores.includes(store))
  if (present !== undefined) throw new HttpError(400, `Image is already present at store '${present}'`)
}

export function taskView(image: StoredImage, task: ImportTask) {
  const isOver = task.status === 'success' || task.status === 'failure'
  return {
    id: task.id,
    type: 'api_image_import',
    status: task.status,
    owner: image.owner,
    expires_at: isOver ? micro(task.updated_at + TASK_DAYS * 86_400_000) : null,
    created_at: micro(task.created_at),
    updated_at: micro(task.updated_at),
    deleted_at: null,
    deleted: false,
    image_id: image.id,
    request_id: task.requestId,
    user_id: task.userId,
    input: task.input,
    result: task.result,
    message: task.message,
  }
}

function micro(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}.000000`
}
