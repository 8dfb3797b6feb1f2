import { checkPropertyKeys, type GlanceImage, type GlanceVisibility, parseGlanceImage } from './glance-image.ts'
import * as meaning from './image-errors.ts'
import { type ImagePatchOperation, imagePatchType } from './patch.ts'
import type { StreamBody, VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

/** Largest page that Glance gives (`api_limit_max`). */
export const largestImagePage = 1000

/** What a page of images shall hold. */
export interface ImagePageOptions {
  /** Images per page, at most 1,000. */
  limit?: number
  /** Id of the last image of the previous page. */
  marker?: string | undefined
  /** Only images of this project id. */
  owner?: string | undefined
  name?: string
  /** Hidden images instead of the others. */
  hidden?: boolean
  /** RFC 3339: only images changed at or after this second. */
  updatedSince?: string | undefined
  signal?: AbortSignal | undefined
}

export interface ImagePage {
  images: GlanceImage[]
  /** Marker of the next page; absent on a page that is not full. */
  next?: string
}

/** An image to be made. The id is chosen by us: see `imageIdFor`. */
export interface NewImage {
  id: string
  name: string
  disk_format: string
  container_format: string
  visibility?: GlanceVisibility
  protected?: boolean
  /** GiB. */
  min_disk?: number
  /** MiB. */
  min_ram?: number
  os_hidden?: boolean
  tags?: readonly string[]
  properties?: Readonly<Record<string, string>>
}

/** How Glance shall fetch the data itself (Image API v2, "Import an image"). */
export type ImageImport = { method: 'web-download'; uri: string } | { method: 'glance-direct' }

/** A task of an import. */
export interface ImageTask {
  id: string
  status: 'pending' | 'processing' | 'success' | 'failure'
  message: string
}

/** One of Glance's own quotas (unified limits), by name: `image_size_total` in MiB, `image_count_total`, … */
export type ImageUsage = Readonly<Record<string, { limit: number; usage: number }>>

/** The Image API v2 of one cloud. Every call says what its refusals mean (`image-errors.ts`). */
export class ImageService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'image')
  }

  /** One page of images, newest first. */
  async page(options: ImagePageOptions = {}): Promise<ImagePage> {
    const limit = options.limit ?? largestImagePage
    const query = {
      limit,
      marker: options.marker,
      owner: options.owner,
      name: options.name,
      os_hidden: options.hidden === true ? true : undefined,
      updated_at: options.updatedSince === undefined ? undefined : `gte:${options.updatedSince}`,
    }
    const answer = await this.#api.call('GET', '/images', meaning.ofRead, { query, signal: options.signal })
    const images = this.#api.readList(answer, 'images').map(parseGlanceImage)
    const { next } = answer.body as { next?: unknown }
    const last = images.at(-1)
    return typeof next === 'string' && last ? { images, next: last.id } : { images }
  }

  /** The image, or `undefined` when Glance itself says 404 (a proxy's 404 is an error). */
  async get(id: string, options: CallOptions = {}): Promise<GlanceImage | undefined> {
    const answer = await this.#api.find(imagePath(id), meaning.ofRead, options)
    return answer && parseGlanceImage(answer.body)
  }

  /** Registers an image without data (`queued`). 409 is `ImageExists`: look at what has the id, which may be ours. */
  async create(image: NewImage, options: CallOptions = {}): Promise<GlanceImage> {
    const { properties = {}, ...fields } = image
    checkPropertyKeys(properties)
    const json = { ...properties, ...fields }
    const answer = await this.#api.call('POST', '/images', meaning.ofCreate, { ...options, json })
    return parseGlanceImage(answer.body)
  }

  /** Applies a patch (see `imagePatch`) and returns the image as it is then. */
  async update(id: string, patch: readonly ImagePatchOperation[], options: CallOptions = {}): Promise<GlanceImage> {
    const call = { ...options, json: patch, contentType: imagePatchType }
    return parseGlanceImage((await this.#api.call('PATCH', imagePath(id), meaning.ofUpdate, call)).body)
  }

  /** Deletes the image; `Absent` when Glance says that there is none. */
  async remove(id: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    return this.#api.remove(imagePath(id), meaning.ofRemove, options)
  }

  /**
   * Sends the data of a `queued` image. With `size` the length is announced, otherwise the body is chunked. A broken
   * upload takes the image back to `queued`; the data can then be sent again from its beginning.
   */
  async upload(id: string, body: StreamBody, options: CallOptions & { size?: number | undefined } = {}): Promise<void> {
    await this.#api.call('PUT', `${imagePath(id)}/file`, meaning.ofUpload, {
      ...options,
      stream: body,
      headers: { 'content-type': 'application/octet-stream' },
    })
  }

  /** Sends data to Glance's staging area, for `glance-direct`. */
  async stage(id: string, body: StreamBody, options: CallOptions & { size?: number | undefined } = {}): Promise<void> {
    await this.#api.call('PUT', `${imagePath(id)}/stage`, meaning.ofUpload, {
      ...options,
      stream: body,
      headers: { 'content-type': 'application/octet-stream' },
    })
  }

  /** Tells Glance to fetch the data; how it goes is seen in the image's status and in `tasks`. */
  async import(id: string, method: ImageImport, options: CallOptions = {}): Promise<void> {
    const json = {
      method: method.method === 'web-download' ? { name: method.method, uri: method.uri } : { name: method.method },
    }
    await this.#api.call('POST', `${imagePath(id)}/import`, meaning.ofImport, { ...options, json })
  }

  /** Tasks of the image's imports; empty where Glance is too old to tell (before 2.12). */
  async tasks(id: string, options: CallOptions = {}): Promise<ImageTask[]> {
    const answer = await this.#api.call('GET', `${imagePath(id)}/tasks`, meaning.ofRead, { ...options, accept: [404] })
    const { tasks } = (answer.body ?? {}) as { tasks?: Partial<ImageTask>[] }
    return (tasks ?? []).map((task) => ({
      id: String(task.id),
      status: task.status ?? 'pending',
      message: task.message ?? '',
    }))
  }

  /** Import methods that this cloud offers; empty where importing is off. */
  async importMethods(options: CallOptions = {}): Promise<string[]> {
    const answer = await this.#api.call('GET', '/info/import', meaning.ofRead, { ...options, accept: [403, 404] })
    const methods = (answer.body as { 'import-methods'?: { value?: unknown } } | undefined)?.['import-methods']?.value
    return Array.isArray(methods) ? methods.map(String) : []
  }

  /** Quotas and use of the project; empty where the cloud has none. */
  async usage(options: CallOptions = {}): Promise<ImageUsage> {
    const answer = await this.#api.call('GET', '/info/usage', meaning.ofRead, { ...options, accept: [403, 404] })
    if (answer.status !== 200) return {}
    return ((answer.body as { usage?: ImageUsage } | undefined)?.usage ?? {}) as ImageUsage
  }
}

function imagePath(id: string): string {
  return `/images/${segment(id)}`
}
