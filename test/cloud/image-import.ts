import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Call, HttpError, type Reply } from './http.ts'
import type { ImportTask, StoredImage } from './image.ts'
import { type ImageData, STORES } from './image-data.ts'
import type { ImageLimits } from './image-limits.ts'
import { jsonBody } from './image-patch.ts'
import { type Caller, callerOf, visibleImage } from './image-policy.ts'
import type { ImageStore } from './image-store.ts'
import {
  checkCopy,
  checkPolicy,
  checkState,
  IMPORT_METHODS,
  parseImport,
  taskView,
  type Wanted,
} from './import-request.ts'
import { receive } from './received.ts'

/** Between the states of an import, so that clients can see them. */
const STEP_MILLISECONDS = 20
const REDIRECTS = 5

/** Interoperable import: web-download, glance-direct, copy-image; each runs as a task beside the requests. */
export class ImageImport {
  readonly #images: ImageStore
  readonly #data: ImageData
  readonly #limits: ImageLimits
  readonly #abort = new AbortController()
  /** Glance's enabled_import_methods. */
  methods: readonly string[] = IMPORT_METHODS
  /** Which addresses web-download may reach (Glance's import_filtering_opts). */
  allows: (url: URL) => boolean = (url) => ['127.0.0.1', 'localhost'].includes(url.hostname)

  constructor(images: ImageStore, data: ImageData, limits: ImageLimits) {
    this.#images = images
    this.#data = data
    this.#limits = limits
  }

  stop(): void {
    this.#abort.abort()
  }

  async start(call: Call): Promise<Reply> {
    const wanted = parseImport(await jsonBody(call), this.methods)
    const caller = callerOf(call)
    this.#limits.checkSizeTotal(caller.project, 0)
    const image = visibleImage(this.#images, call, caller)
    checkState(image, wanted.name)
    checkPolicy(image, caller, wanted.name)
    if ('os_glance_import_task' in image.properties) throw new HttpError(409, 'Image has active task')
    for (const store of wanted.stores) {
      if (!STORES.includes(store)) throw new HttpError(409, `Store for identifier ${store} not found`)
    }
    if (wanted.name === 'copy-image') checkCopy(image, wanted.stores)
    if (wanted.name === 'web-download' && !this.#passes(wanted.uri)) {
      throw new HttpError(400, `URI for web-download does not pass filtering: ${wanted.uri ?? 'None'}`)
    }
    const task = this.#newTask(image, caller, call.requestId, wanted)
    void this.#run(image, task, wanted)
    return { status: 202, headers: { 'content-type': 'text/html; charset=UTF-8' } }
  }

  tasks(call: Call): Reply {
    const image = this.#images.get(call.params[0] ?? '')
    if (!image) throw new HttpError(404, 'The resource could not be found.')
    visibleImage(this.#images, call, callerOf(call))
    return { status: 200, body: { tasks: image.tasks.map((task) => taskView(image, task)) } }
  }

  #passes(uri: string | undefined): boolean {
    const url = URL.parse(uri ?? '')
    return url !== null && ['http:', 'https:'].includes(url.protocol) && this.allows(url)
  }

  #newTask(image: StoredImage, caller: Caller, requestId: string, wanted: Wanted): ImportTask {
    const time = this.#images.second()
    const task: ImportTask = {
      id: randomUUID(),
      status: 'processing',
      message: '',
      result: null,
      input: { image_id: image.id, import_req: wanted.body, backend: wanted.stores },
      userId: caller.userId,
      requestId,
      created_at: time,
      updated_at: time,
    }
    image.tasks.push(task)
    this.#set(image, { os_glance_import_task: task.id })
    return task
  }

  async #run(image: StoredImage, task: ImportTask, wanted: Wanted): Promise<void> {
    const { signal } = this.#abort
    try {
      await sleep(STEP_MILLISECONDS, undefined, { signal })
      if (wanted.name !== 'copy-image' && image.status !== 'deleted') image.status = 'importing'
      this.#set(image, { os_glance_importing_to_stores: wanted.stores.join(','), os_glance_failed_import: '' })
      await sleep(STEP_MILLISECONDS, undefined, { signal })
      await this.#transfer(image, wanted)
      this.#set(image, { os_glance_importing_to_stores: '' })
      const copied = `Copied ${Math.floor((image.size ?? 0) / 1024 / 1024)} MiB`
      this.#end(task, 'success', copied, { image_id: image.id })
      await sleep(STEP_MILLISECONDS, undefined, { signal })
    } catch {
      if (signal.aborted || image.status === 'deleted') return
      this.#fail(image, wanted)
      this.#end(task, 'failure', 'Task failed due to Internal Error', null)
    }
    if (image.status === 'deleted') return
    delete image.properties['os_glance_import_task']
    this.#images.saved(image)
  }

  async #transfer(image: StoredImage, wanted: Wanted): Promise<void> {
    if (wanted.name === 'copy-image') {
      image.stores = [...new Set([...image.stores, ...wanted.stores])]
      return
    }
    const source = wanted.name === 'web-download' ? await this.#fetch(wanted.uri ?? '') : stagedBytes(image)
    const received = await receive(source, { check: (size) => this.#limits.checkSize(size) })
    if (image.status !== 'importing') throw new Error('the image was deleted meanwhile')
    const before = { ...image }
    const refused = this.#data.accept(image, received, wanted.stores)
    if (refused === undefined) return
    const { checksum, os_hash_algo, os_hash_value, stores } = before
    Object.assign(image, { checksum, os_hash_algo, os_hash_value, stores })
    throw new Error(refused)
  }

  async #fetch(uri: string): Promise<Readable> {
    let at = uri
    for (let hop = 0; hop <= REDIRECTS; hop++) {
      const response = await fetch(at, {
        redirect: 'manual',
        headers: { 'accept-encoding': 'identity' },
        signal: this.#abort.signal,
      })
      const location = response.headers.get('location')
      if (response.status >= 300 && response.status < 400 && location) {
        at = new URL(location, at).href
        await response.body?.cancel()
        if (!this.#passes(at)) throw new Error(`redirected to ${at}`)
        continue
      }
      if (!response.ok || !response.body) throw new Error(`${at} answered ${response.status}`)
      return Readable.fromWeb(response.body as import('node:stream/web').ReadableStream)
    }
    throw new Error('too many redirects')
  }

  /** A failed web-download may be tried again; a refused glance-direct stays in `importing`, as Glance leaves it. */
  #fail(image: StoredImage, wanted: Wanted): void {
    if (wanted.name === 'web-download') image.status = 'queued'
    this.#set(image, { os_glance_importing_to_stores: '', os_glance_failed_import: wanted.stores.join(',') })
  }

  #end(task: ImportTask, status: ImportTask['status'], message: string, result: object | null): void {
    Object.assign(task, { status, message, result, updated_at: this.#images.second() })
  }

  #set(image: StoredImage, properties: Record<string, string>): void {
    if (image.status === 'deleted') return
    Object.assign(image.properties, properties)
    this.#images.saved(image)
  }
}

function stagedBytes(image: StoredImage): Readable {
  const content = image.staged?.content
  if (!content) throw new Error('the in-memory cloud keeps no staged contents of this size')
  image.staged = undefined
  return Readable.from([content])
}
