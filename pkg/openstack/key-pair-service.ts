import { ofComputeRead, ofForbidden } from './compute-errors.ts'
import type { Classify } from './errors.ts'
import type { MicroversionWish } from './microversion.ts'
import { type NovaKeyPair, parseNovaKeyPair } from './nova-key-pair.ts'
import { nextPage } from './nova-page.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

/** Whose key pairs are meant. */
export interface KeyPairOptions extends CallOptions {
  /** Id of a user, for administrators. Absent: the credential's own user. */
  user?: string | undefined
}

export interface KeyPairPage {
  keyPairs: NovaKeyPair[]
  /** Marker of the next page; absent on a page that is not full. */
  next?: string
}

/** A key pair to be made of a public key: private keys are never made here (nor by Nova, since 2.92). */
export interface NewKeyPair {
  name: string
  type: 'ssh' | 'x509'
  public_key: string
}

const wish: MicroversionWish = { least: '2.35', feature: 'pages of key pairs' }

const ofCreate: Classify = (status, text) => {
  if (status === 400) {
    return { class: 'InvalidSpec', code: 'KeyPairInvalid', message: `Nova refuses the key pair: ${text}` }
  }
  if (status === 403) return ofForbidden(text)
  if (status === 409) return { class: 'Conflict', code: 'KeyPairExists', message: `Nova: ${text}` }
  return undefined
}

const ofRemove: Classify = (status, text) => (status === 403 ? ofForbidden(text) : undefined)

/** Nova's key pairs, which belong to users. A call for another user is `Forbidden` (Refused) to who is no administrator. */
export class KeyPairService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /** One page of a user's key pairs, by name. `BadQuery` (Conflict): the pair that marks the page is gone. */
  async page(options: KeyPairOptions & { limit?: number; marker?: string | undefined } = {}): Promise<KeyPairPage> {
    const { limit = 1000, marker, user, signal } = options
    const query = { limit, marker, user_id: user }
    const answer = await this.#api.call('GET', '/os-keypairs', ofComputeRead, { query, signal, wish })
    const keyPairs = this.#api.readList(answer, 'keypairs').map((entry) => pairOf(entry))
    return { keyPairs, ...nextPage(answer, 'keypairs', keyPairs.at(-1)?.name) }
  }

  /** The user's key pair of that name; `undefined` when Nova itself says 404. */
  async get(name: string, { user, signal }: KeyPairOptions = {}): Promise<NovaKeyPair | undefined> {
    const answer = await this.#api.find(pathOf(name), ofComputeRead, { query: { user_id: user }, signal, wish })
    return answer && pairOf(answer.body)
  }

  /**
   * Imports a public key. `KeyPairExists` (Conflict): compare it. `KeyPairInvalid` (InvalidSpec): the key, or the name.
   * `QuotaExceeded` (Quota): the user has 100, or whatever the cloud allows.
   */
  async create(pair: NewKeyPair, { user, signal }: KeyPairOptions = {}): Promise<NovaKeyPair> {
    const json = { keypair: { ...pair, ...(user === undefined ? {} : { user_id: user }) } }
    return pairOf((await this.#api.call('POST', '/os-keypairs', ofCreate, { json, signal, wish })).body)
  }

  /** Deletes the key pair; `Absent` where there is none. Servers that were made with it keep the key. */
  async remove(name: string, { user, signal }: KeyPairOptions = {}): Promise<'Removed' | 'Absent'> {
    return this.#api.remove(pathOf(name), ofRemove, { query: { user_id: user }, signal, wish })
  }
}

function pathOf(name: string): string {
  return `/os-keypairs/${segment(name)}`
}

function pairOf(body: unknown): NovaKeyPair {
  const { keypair } = (body ?? {}) as { keypair?: unknown }
  return parseNovaKeyPair(keypair)
}
