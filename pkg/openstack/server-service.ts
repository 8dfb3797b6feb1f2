import { AnswerFields } from './answer-fields.ts'
import { ofComputeRead } from './compute-errors.ts'
import type { MicroversionWish } from './microversion.ts'
import { type NewServer, newServerBody, newServerWish } from './new-server.ts'
import { nextPage } from './nova-page.ts'
import { type NovaServer, parseNovaServer } from './nova-server.ts'
import type { VersionedRequester } from './request.ts'
import { ofServerCreate, ofServerUpdate } from './server-errors.ts'
import { type CallOptions, type Receipt, ServiceApi, segment } from './service-api.ts'

/** Largest page that Nova gives (`[api] max_limit`). */
export const largestServerPage = 1000

/** What a page of servers shall hold. */
export interface ServerPageOptions extends CallOptions {
  /** Servers per page, at most 1,000. */
  limit?: number
  /** Id of the last server of the previous page. */
  marker?: string | undefined
  /** RFC 3339: only what changed at or after this second, SOFT_DELETED and DELETED ones too. */
  changesSince?: string | undefined
  /** Only servers that have all these tags. */
  tags?: readonly string[]
}

export interface ServerPage {
  servers: NovaServer[]
  /** Marker of the next page; absent on a page that is not full. */
  next?: string
  /** Milliseconds since the epoch by the clock of the API's host (`Date`); absent where it does not tell. */
  answeredAt?: number
}

const read: MicroversionWish = { least: '2.73', feature: 'reasons of locks' }

/** Nova's servers of one cloud. Every call says what its refusals mean (`server-errors.ts`). */
export class ServerService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /**
   * One page of the project's servers, the latest made first. `BadQuery` (Conflict): the server that marks the page is
   * gone; begin anew. `MicroversionTooOld` before Nova 2.73 (Train).
   */
  async page(options: ServerPageOptions = {}): Promise<ServerPage> {
    const { limit = largestServerPage, marker, changesSince, tags, signal } = options
    const query = { limit, marker, 'changes-since': changesSince, tags: tags?.join(',') }
    const answer = await this.#api.call('GET', '/servers/detail', ofComputeRead, { query, signal, wish: read })
    const servers = this.#api.readList(answer, 'servers').map(parseNovaServer)
    const answeredAt = Date.parse(answer.headers['date'] ?? '')
    return {
      servers,
      ...nextPage(answer, 'servers', servers.at(-1)?.id),
      ...(Number.isNaN(answeredAt) ? {} : { answeredAt }),
    }
  }

  /** Every server that carries the tag, as it is now; not from any cache. */
  async findByTag(tag: string, options: CallOptions = {}): Promise<NovaServer[]> {
    return (await this.page({ ...options, tags: [tag] })).servers
  }

  /** The server, SOFT_DELETED too; `undefined` when Nova itself says 404. */
  async get(id: string, options: CallOptions = {}): Promise<NovaServer | undefined> {
    const answer = await this.#api.find(pathOf(id), ofComputeRead, { ...options, wish: read })
    return answer && parseNovaServer(this.#api.read(answer, 'server'))
  }

  /**
   * Id of the server's flavor, also of one that was deleted (asked at 2.46: later versions embed a flavor without id).
   * `undefined` when Nova says that there is no such server.
   */
  async flavorIdOf(id: string, options: CallOptions = {}): Promise<string | undefined> {
    const wish = { least: '2.46', feature: 'ids of flavors of servers' }
    const answer = await this.#api.find(pathOf(id), ofComputeRead, { ...options, wish })
    if (answer === undefined) return undefined
    return new AnswerFields(this.#api.read(answer, 'server')).object('flavor').required('id', 'compute', 'a flavor')
  }

  /**
   * Asks for a server; how it goes is seen in its status. Must not be repeated. `LostAnswer` (UnknownOutcome): wait
   * until `mayActUntil`, then `findByTag`. `QuotaExceeded` (Quota). `ImageNotActive`, `ReferenceNotFound`,
   * `ServerConflict`, `Forbidden` (Refused). `ServerInvalid`, `NetworkAmbiguous` (InvalidSpec).
   */
  async create(server: NewServer, options: CallOptions = {}): Promise<Receipt & { id: string }> {
    const details = { ...options, json: newServerBody(server), wish: newServerWish(server) }
    const answer = await this.#api.once('POST', '/servers', ofServerCreate, details)
    const id = new AnswerFields(this.#api.read(answer, 'server')).required('id', 'compute', 'a server')
    return { id, requestId: answer.requestId }
  }

  /**
   * Deletes; where the cloud reclaims later the server is SOFT_DELETED for a while. `Absent` when Nova says that there
   * is none. `ServerLocked` (Refused) of a server that is locked for us.
   */
  async remove(id: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    return this.#api.remove(pathOf(id), ofServerUpdate, options)
  }

  /** Takes a SOFT_DELETED server away for good. `ServerNotFound` where it is gone already. */
  async forceRemove(id: string, options: CallOptions = {}): Promise<Receipt> {
    const details = { ...options, json: { forceDelete: null } }
    const { requestId } = await this.#api.call('POST', `${pathOf(id)}/action`, ofServerUpdate, details)
    return { requestId }
  }

  /** Renames, describes. Absent fields stay. Allowed in every state, also VERIFY_RESIZE and locked by ourselves. */
  async update(id: string, fields: { name?: string; description?: string }, options: CallOptions = {}): Promise<void> {
    const wish = { least: '2.19', feature: 'descriptions of servers' }
    const details = { ...options, json: { server: fields }, wish, idempotent: true }
    await this.#api.call('PUT', pathOf(id), ofServerUpdate, details)
  }

  /**
   * Sets these keys, all of them or none; others stay. `ServerStateConflict` in VERIFY_RESIZE, where metadata is closed
   * even to administrators. `QuotaExceeded`: more than 128 keys.
   */
  async setMetadata(id: string, values: Readonly<Record<string, string>>, options: CallOptions = {}): Promise<void> {
    const details = { ...options, json: { metadata: values }, idempotent: true }
    await this.#api.call('POST', `${pathOf(id)}/metadata`, ofServerUpdate, details)
  }

  /** Takes one key away; `Absent` where there is none (or no such server). */
  async removeMetadata(id: string, key: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    return this.#api.remove(`${pathOf(id)}/metadata/${segment(key)}`, ofServerUpdate, options)
  }

  /** Adds one tag. `ServerStateConflict` in VERIFY_RESIZE. Tags do not bump `updated`. */
  async addTag(id: string, tag: string, options: CallOptions = {}): Promise<void> {
    const wish = { least: '2.26', feature: 'tags of servers' }
    const path = `${pathOf(id)}/tags/${segment(tag)}`
    await this.#api.call('PUT', path, ofServerUpdate, { ...options, wish, idempotent: true })
  }

  /** Takes one tag away; `Absent` where there is none (or no such server). */
  async removeTag(id: string, tag: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    const wish = { least: '2.26', feature: 'tags of servers' }
    return this.#api.remove(`${pathOf(id)}/tags/${segment(tag)}`, ofServerUpdate, { ...options, wish })
  }

  /** Puts all ports of the server into a group. Nothing happens where they are in it. `ServerNotFound`: or no such group. */
  async addSecurityGroup(id: string, name: string, options: CallOptions = {}): Promise<void> {
    const details = { ...options, json: { addSecurityGroup: { name } } }
    await this.#api.call('POST', `${pathOf(id)}/action`, ofServerUpdate, details)
  }

  /** `Absent` where the server is not in the group. */
  async removeSecurityGroup(id: string, name: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    const details = { ...options, json: { removeSecurityGroup: { name } }, accept: [404] }
    const answer = await this.#api.call('POST', `${pathOf(id)}/action`, ofServerUpdate, details)
    return answer.status === 404 ? 'Absent' : 'Removed'
  }
}

function pathOf(id: string): string {
  return `/servers/${segment(id)}`
}
