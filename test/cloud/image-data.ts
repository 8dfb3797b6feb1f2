import type { Readable } from 'node:stream'
import { type Call, HttpError, type Reply } from './http.ts'
import type { StoredImage } from './image.ts'
import { inspect } from './image-format.ts'
import type { ImageLimits } from './image-limits.ts'
import { callerOf, requireOwner, visibleImage } from './image-policy.ts'
import { BASE, internal } from './image-schema.ts'
import type { ImageStore } from './image-store.ts'

import { type Received, receive } from './received.ts'

/** The ids of the stores, the default first. */
export const STORES = ['fast', 'slow']

/** The bytes of images: upload, staging, download. */
export class ImageData {
  readonly #images: ImageStore
  readonly #limits: ImageLimits

  constructor(images: ImageStore, limits: ImageLimits) {
    this.#images = images
    this.#limits = limits
  }

  async upload(call: Call): Promise<Reply> {
    const { announced, type } = uploadHeaders(call)
    checkContentType(type)
    const caller = callerOf(call)
    this.#limits.checkSizeTotal(caller.project, announced ?? 0)
    const store = storeOf(call)
    const image = visibleImage(this.#images, call, caller)
    requireOwner(image, caller, 'upload_image')
    const asItWas = this.#transition(image, 'saving')
    try {
      if (image.leftover) throw internal()
      const received = await this.#receive(call.body, announced)
      Object.assign(image, asItWas)
      this.#accept(image, received, store)
    } catch (error) {
      if (image.status === 'saving') this.#restore(image, asItWas)
      throw error
    }
    return { status: 204, headers: HTML }
  }

  async stage(call: Call): Promise<Reply> {
    const { announced, type } = uploadHeaders(call)
    checkContentType(type)
    const caller = callerOf(call)
    const image = visibleImage(this.#images, call, caller)
    requireOwner(image, caller, 'modify_image')
    const asItWas = this.#transition(image, 'uploading')
    try {
      const { size, content } = await this.#receive(call.body, announced)
      if (image.status !== 'uploading') throw new HttpError(404, `No image found with ID ${image.id}`)
      Object.assign(image, asItWas)
      image.staged = { size, content }
      image.size = size
      this.#images.saved(image)
    } catch (error) {
      if (image.status === 'uploading') this.#restore(image, asItWas)
      throw error
    }
    return { status: 204, headers: HTML }
  }

  download(call: Call): Reply {
    const caller = callerOf(call)
    const image = visibleImage(this.#images, call, caller)
    if (image.status === 'deactivated' && !caller.isAdmin) {
      throw new HttpError(403, 'The requested image has been deactivated. Image data download is forbidden.')
    }
    if (!caller.isMember) throw new HttpError(403, 'You are not authorized to complete download_image action.')
    if (image.size === null || image.status === 'queued') return { status: 204 }
    if (!image.content) throw new HttpError(503, 'The in-memory cloud keeps no contents of this size.')
    const headers = { 'content-type': 'application/octet-stream', 'content-md5': image.checksum ?? '' }
    const range = parseRange(call, image.size)
    if (!range) return { status: 200, headers, body: image.content }
    const { start, end } = range
    const contentRange = { 'content-range': `bytes ${start}-${end}/${image.size}` }
    return { status: 206, headers: { ...headers, ...contentRange }, body: image.content.subarray(start, end + 1) }
  }

  /** Makes received bytes the image's content, or refuses them by their format as Glance does. */
  accept(image: StoredImage, received: Received, stores: readonly string[]): string | undefined {
    image.checksum = received.md5
    image.os_hash_algo = 'sha512'
    image.os_hash_value = received.sha512
    image.stores = [...stores]
    const inspection = inspect(image.disk_format ?? '', image.container_format ?? '', received.header, received.size)
    if ('refused' in inspection) return inspection.refused
    image.size = received.size
    image.virtual_size = inspection.virtualSize
    image.content = received.content
    image.contentSha256 = received.sha256
    image.status = 'active'
    this.#images.saved(image)
    return undefined
  }

  #accept(image: StoredImage, received: Received, store: string): void {
    if (image.status !== 'saving') {
      const what = `Image ${image.id} could not be found after upload.`
      const why = 'The image may have been deleted during the upload, cleaning up the chunks uploaded.'
      throw new HttpError(410, `${what} ${why}`)
    }
    const refused = this.accept(image, received, [store])
    if (refused === undefined) return
    image.leftover = true
    const type = 'application/octet-stream'
    throw new HttpError(415, `The request media type ${type} is not supported by this server.`, {}, refused)
  }

  /** Returns what the end of the upload writes back: changes that others make meanwhile are lost, as in Glance. */
  #transition(image: StoredImage, status: 'saving' | 'uploading'): Partial<StoredImage> {
    if (image.status !== 'queued') {
      throw new HttpError(409, `Image status transition from ${image.status} to ${status} is not allowed`)
    }
    if (status === 'saving') checkFormats(image)
    const asItWas = Object.fromEntries(BASE.map((key) => [key, image[key]]))
    image.status = status
    this.#images.saved(image)
    return { ...asItWas, properties: { ...image.properties } }
  }

  #restore(image: StoredImage, asItWas: Partial<StoredImage>): void {
    Object.assign(image, asItWas)
    image.status = 'queued'
    this.#images.saved(image)
  }

  async #receive(body: Readable, announced: number | undefined): Promise<Received> {
    return await receive(body, {
      announced,
      check: (size) => this.#limits.checkSize(size),
    })
  }
}

const HTML = { 'content-type': 'text/html; charset=UTF-8' }

function uploadHeaders(call: Call): { announced: number | undefined; type: string } {
  const type = call.headers['content-type']?.split(';')[0]?.trim() ?? ''
  const text = call.headers['x-openstack-image-size'] ?? call.headers['content-length']
  if (text !== undefined && !/^\d+$/.test(String(text))) {
    throw new HttpError(400, 'Invalid or missing image size in request headers.')
  }
  return { announced: text === undefined ? undefined : Number(text), type }
}

function checkContentType(type: string): void {
  if (type === 'application/octet-stream') return
  const explanation = `The request media type ${type} is not supported by this server.`
  throw new HttpError(415, explanation, {}, `Invalid content type ${type}`)
}

function storeOf(call: Call): string {
  const store = call.headers['x-image-meta-store'] ?? STORES[0]
  if (!STORES.includes(String(store))) throw new HttpError(400, `Store for identifier ${store} not found`)
  return String(store)
}

function checkFormats(image: StoredImage): void {
  const missing = (['disk_format', 'container_format'] as const).filter((key) => image[key] === null)
  if (missing.length === 0) return
  throw new HttpError(400, `Properties ${missing.join(', ')} must be set prior to saving data.`)
}

function parseRange(call: Call, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(call.headers.range ?? '')
  if (!match) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  if (start >= size) {
    const detail = `Invalid start position in Range header. Start position MUST be in the inclusive range [0, ${size - 1}].`
    throw new HttpError(416, 'The Range requested is not available.', {}, detail)
  }
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return { start, end }
}
