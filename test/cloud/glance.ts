import { errorReply, HTML_TYPE } from './glance-errors.ts'
import { type Call, HttpError, type Reply, Router, type Service } from './http.ts'
import { imageJson, type StoredImage } from './image.ts'
import { ImageData, STORES } from './image-data.ts'
import { ImageImport } from './image-import.ts'
import { ImageLimits } from './image-limits.ts'
import { ImageList } from './image-list.ts'
import { ImageMembers } from './image-members.ts'
import { applyPatch, jsonBody, parsePatch } from './image-patch.ts'
import { callerOf, notAuthorized, requireAdmin, requireOwner, visibleImage } from './image-policy.ts'
import { checkLimits, internal, parseNewImage } from './image-schema.ts'
import type { ImageStore } from './image-store.ts'
import { ImageTags } from './image-tags.ts'

const VERSIONS = [17, 15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
const JSON_TYPE = { 'content-type': 'application/json' }

/** Glance's image API v2.17. Every answer here was seen on the real service: see test/contract. */
export class Glance implements Service {
  readonly name = 'image'
  readonly limits: ImageLimits
  readonly imports: ImageImport
  readonly #images: ImageStore
  readonly #list: ImageList
  readonly #router = new Router()

  constructor(images: ImageStore) {
    this.#images = images
    this.limits = new ImageLimits(images)
    this.#list = new ImageList(images)
    const data = new ImageData(images, this.limits)
    this.imports = new ImageImport(images, data, this.limits)
    const members = new ImageMembers(images)
    const tags = new ImageTags(images)
    this.#router
      .on('GET', '/', (call) => ({ status: 300, body: versions(call) }))
      .on('GET', '/versions', (call) => ({ status: 200, body: versions(call) }))
      .on('GET', '/v2/images', (call) => this.#index(call))
      .on('POST', '/v2/images', (call) => this.#create(call))
      .on('GET', '/v2/images/{}', (call) => ok(visibleImage(images, call, callerOf(call))))
      .on('PATCH', '/v2/images/{}', (call) => this.#update(call))
      .on('DELETE', '/v2/images/{}', (call) => this.#delete(call))
      .on('GET', '/v2/images/{}/file', (call) => data.download(call))
      .on('PUT', '/v2/images/{}/file', (call) => data.upload(call))
      .on('PUT', '/v2/images/{}/stage', (call) => data.stage(call))
      .on('POST', '/v2/images/{}/import', (call) => this.imports.start(call))
      .on('GET', '/v2/images/{}/tasks', (call) => this.imports.tasks(call))
      .on('POST', '/v2/images/{}/actions/deactivate', (call) => this.#activate(call, 'deactivate'))
      .on('POST', '/v2/images/{}/actions/reactivate', (call) => this.#activate(call, 'reactivate'))
      .on('PUT', '/v2/images/{}/tags/{}', (call) => tags.set(call))
      .on('DELETE', '/v2/images/{}/tags/{}', (call) => tags.remove(call))
      .on('GET', '/v2/images/{}/members', (call) => members.list(call))
      .on('POST', '/v2/images/{}/members', (call) => members.add(call))
      .on('GET', '/v2/images/{}/members/{}', (call) => members.show(call))
      .on('PUT', '/v2/images/{}/members/{}', (call) => members.update(call))
      .on('DELETE', '/v2/images/{}/members/{}', (call) => members.remove(call))
      .on('DELETE', '/v2/stores/{}/{}', (call) => this.#deleteFromStore(call))
      .on('GET', '/v2/info/import', (call) => signedIn(call, importInfo(this.imports.methods)))
      .on('GET', '/v2/info/stores', (call) => signedIn(call, storesInfo()))
      .on('GET', '/v2/info/usage', (call) => signedIn(call, { usage: this.limits.usage(callerOf(call).project) }))
  }

  async handle(call: Call): Promise<Reply> {
    try {
      // Paths of other API versions get the list of versions.
      if (!/^\/(v2\/.*|versions)?$/.test(call.path)) return { status: 300, body: versions(call) }
      if (call.path.startsWith('/v2/')) callerOf(call)
      return await this.#router.handle(call)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return errorReply(call, error)
    }
  }

  #index(call: Call): Reply {
    return { status: 200, headers: JSON_TYPE, body: this.#list.page(call, callerOf(call)) }
  }

  async #create(call: Call): Promise<Reply> {
    const body = await jsonBody(call)
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw internal()
    const fields = parseNewImage(body as Record<string, unknown>)
    const caller = callerOf(call)
    const owner = fields.owner ?? caller.project
    if (!caller.isMember) throw notAuthorized('add_image')
    if (owner !== caller.project && !caller.isAdmin) {
      const detail = `You are not permitted to create images owned by '${owner}'`
      throw new HttpError(403, 'Access was denied to this resource.', {}, detail)
    }
    if (fields.visibility === 'public' && !caller.isAdmin) throw notAuthorized('publicize_image')
    this.limits.checkCount(owner)
    checkLimits(fields)
    if (fields.id !== undefined && this.#images.isTaken(fields.id)) {
      throw new HttpError(409, `Image ID ${fields.id} already exists!`)
    }
    const image = this.#images.add({ ...fields, owner })
    const headers = {
      location: `${call.origin}/v2/images/${image.id}`,
      'openstack-image-import-methods': this.imports.methods.join(','),
      'openstack-image-store-ids': [...STORES, 'os_glance_staging_store', 'os_glance_tasks_store'].join(','),
    }
    return { status: 201, headers: { ...JSON_TYPE, ...headers }, body: imageJson(image) }
  }

  async #update(call: Call): Promise<Reply> {
    const changes = await parsePatch(call)
    const caller = callerOf(call)
    const image = visibleImage(this.#images, call, caller)
    if (changes.length > 0) {
      Object.assign(image, applyPatch(image, changes, caller))
      this.#images.saved(image)
    }
    return ok(image)
  }

  #delete(call: Call): Reply {
    const caller = callerOf(call)
    const image = this.#imageToDelete(call)
    requireOwner(image, caller, 'delete_image')
    if (image.protected) throw new HttpError(403, `Image ${image.id} is protected and cannot be deleted.`)
    this.#images.remove(image)
    return { status: 204, headers: HTML_TYPE }
  }

  #imageToDelete(call: Call): StoredImage {
    try {
      return visibleImage(this.#images, call, callerOf(call))
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 404) throw error
      throw new HttpError(404, `Failed to find image ${call.params[0]} to delete`)
    }
  }

  #activate(call: Call, action: 'deactivate' | 'reactivate'): Reply {
    const caller = callerOf(call)
    const image = visibleImage(this.#images, call, caller)
    requireOwner(image, caller, action)
    if (image.status !== 'active' && image.status !== 'deactivated') {
      throw new HttpError(403, `Not allowed to ${action} image in status '${image.status}'`)
    }
    const status = action === 'deactivate' ? 'deactivated' : 'active'
    if (image.status !== status) {
      image.status = status
      this.#images.saved(image)
    }
    return { status: 204, headers: HTML_TYPE }
  }

  #deleteFromStore(call: Call): Reply {
    const [store = '', id = ''] = call.params
    if (!STORES.includes(store)) {
      throw new HttpError(409, `The selected store ${store} is not available on this node.`)
    }
    const image = this.#images.get(id)
    if (!image) throw new HttpError(404, `Failed to find image ${id}`)
    requireAdmin(callerOf(call), 'delete_image_location')
    if (image.stores.length <= 1) {
      throw new HttpError(
        403,
        'Cannot delete image data from the only store containing it. Consider deleting the image instead.',
      )
    }
    image.stores = image.stores.filter((one) => one !== store)
    this.#images.saved(image)
    return { status: 204, headers: HTML_TYPE }
  }
}

function ok(image: StoredImage): Reply {
  return { status: 200, headers: JSON_TYPE, body: imageJson(image) }
}

function signedIn(call: Call, body: object): Reply {
  callerOf(call)
  return { status: 200, body }
}

function importInfo(methods: readonly string[]) {
  const description = 'Import methods available.'
  return { 'import-methods': { description, type: 'array', value: methods } }
}

function storesInfo() {
  const [first, ...others] = STORES.map((id) => ({ id, description: `${id} local store` }))
  return { stores: [{ ...first, default: 'true' }, ...others] }
}

function versions(call: Call) {
  return {
    versions: VERSIONS.map((minor) => ({
      id: `v2.${minor}`,
      status: minor === VERSIONS[0] ? 'CURRENT' : 'SUPPORTED',
      links: [{ rel: 'self', href: `${call.origin}/image/v2/` }],
    })),
  }
}
