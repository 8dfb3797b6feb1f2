import { AnswerFields } from './answer-fields.ts'
import { ofComputeRead } from './compute-errors.ts'
import { ofFlavorAccess, ofFlavorCreate, ofFlavorUpdate } from './flavor-errors.ts'
import type { MicroversionWish } from './microversion.ts'
import { type NovaFlavor, parseNovaFlavor } from './nova-flavor.ts'
import { nextPage } from './nova-page.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

/** What a page of flavors shall hold. */
export interface FlavorPageOptions extends CallOptions {
  /** Flavors per page, at most 1,000. */
  limit?: number
  /** Id of the last flavor of the previous page. */
  marker?: string | undefined
}

export interface FlavorPage {
  flavors: NovaFlavor[]
  /** Marker of the next page; absent on a page that is not full. */
  next?: string
}

/** A flavor to be made; names are Nova's. The id is chosen by us: see `flavorIdFor`. */
export interface NewFlavor {
  id: string
  name: string
  vcpus: number
  /** MiB. */
  ram: number
  /** GiB. */
  disk: number
  /** GiB. */
  ephemeral?: number
  /** MiB. */
  swap?: number
  rxtx_factor?: number
  is_public: boolean
  /** See `flavorDescription`. */
  description?: string
}

/** Flavors with descriptions and extra specs; before 2.86, from which on Nova refuses extra specs of old kinds. */
const described: MicroversionWish = { least: '2.61', feature: 'flavors with descriptions and extra specs' }

/** Nova's flavors. Every call says what its refusals mean (`flavor-errors.ts`). Changes are for administrators. */
export class FlavorService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /**
   * One page of flavors, by id: for administrators all there are, for members those that they may use (Nova ignores
   * `is_public` of those who are none). `BadQuery` (Conflict): the flavor that marks the page is gone; begin anew.
   */
  async page({ limit = 1000, marker, signal }: FlavorPageOptions = {}): Promise<FlavorPage> {
    const query = { limit, marker, is_public: 'None' }
    const answer = await this.#api.call('GET', '/flavors/detail', ofComputeRead, { query, signal, wish: described })
    const flavors = this.#api.readList(answer, 'flavors').map(parseNovaFlavor)
    return { flavors, ...nextPage(answer, 'flavors', flavors.at(-1)?.id) }
  }

  /** The flavor by its id (never by its name); `undefined` when Nova itself says 404. */
  async get(id: string, options: CallOptions = {}): Promise<NovaFlavor | undefined> {
    const answer = await this.#api.find(pathOf(id), ofComputeRead, { ...options, wish: described })
    return answer && parseNovaFlavor(this.#api.read(answer, 'flavor'))
  }

  /**
   * Makes a flavor, without extra specs. `FlavorExists` (Conflict): look at what has the id, which may be ours; where
   * nothing has it, the name is taken. `FlavorInvalid` (InvalidSpec). `Forbidden` (Refused): not an administrator.
   */
  async create(flavor: NewFlavor, options: CallOptions = {}): Promise<NovaFlavor> {
    const { ephemeral, is_public, ...fields } = flavor
    const json = {
      flavor: { ...fields, 'OS-FLV-EXT-DATA:ephemeral': ephemeral, 'os-flavor-access:is_public': is_public },
    }
    const answer = await this.#api.call('POST', '/flavors', ofFlavorCreate, { ...options, json, wish: described })
    return parseNovaFlavor(this.#api.read(answer, 'flavor'))
  }

  /** Changes the description: nothing else of a flavor can be changed. `FlavorNotFound` (NotFound). */
  async describe(id: string, description: string, options: CallOptions = {}): Promise<NovaFlavor> {
    const details = { ...options, json: { flavor: { description } }, wish: described, idempotent: true }
    return parseNovaFlavor(this.#api.read(await this.#api.call('PUT', pathOf(id), ofFlavorUpdate, details), 'flavor'))
  }

  /** Deletes the flavor; `Absent` where there is none. Servers that have it keep theirs. */
  async remove(id: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    return this.#api.remove(pathOf(id), ofFlavorUpdate, options)
  }

  /** Sets these extra specs, others stay; kinds that Nova does not know are taken too. `FlavorNotFound` (NotFound). */
  async setExtraSpecs(id: string, specs: Readonly<Record<string, string>>, options: CallOptions = {}): Promise<void> {
    const details = { ...options, json: { extra_specs: specs }, wish: described, idempotent: true }
    await this.#api.call('POST', `${pathOf(id)}/os-extra_specs`, ofFlavorUpdate, details)
  }

  /** Takes one extra spec away; `Absent` where there is none (or no such flavor). */
  async removeExtraSpec(id: string, key: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    const path = `${pathOf(id)}/os-extra_specs/${segment(key)}`
    return this.#api.remove(path, ofFlavorUpdate, { ...options, wish: described })
  }

  /** Ids of the projects that may use a flavor which is not public; `undefined` where there is none, or it is public. */
  async access(id: string, options: CallOptions = {}): Promise<string[] | undefined> {
    const answer = await this.#api.find(`${pathOf(id)}/os-flavor-access`, ofComputeRead, options)
    return answer && this.#api.readList(answer, 'flavor_access').map((one) => projectOf(one))
  }

  /** Lets a project use the flavor; nothing happens where it may. `ProjectInvalid` (InvalidSpec), `FlavorNotFound`. */
  async addAccess(id: string, projectID: string, options: CallOptions = {}): Promise<void> {
    const details = { ...options, json: { addTenantAccess: { tenant: projectID } }, accept: [409], idempotent: true }
    await this.#api.call('POST', `${pathOf(id)}/action`, ofFlavorAccess, details)
  }

  /** `Absent` where the project may not use it (or there is no such flavor). */
  async removeAccess(id: string, projectID: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    const json = { removeTenantAccess: { tenant: projectID } }
    const details = { ...options, json, accept: [404], idempotent: true }
    const answer = await this.#api.call('POST', `${pathOf(id)}/action`, ofFlavorAccess, details)
    return answer.status === 404 ? 'Absent' : 'Removed'
  }
}

function pathOf(id: string): string {
  return `/flavors/${segment(id)}`
}

function projectOf(access: unknown): string {
  return new AnswerFields(access).required('tenant_id', 'compute', 'a list of projects')
}
