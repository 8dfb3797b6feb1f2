import { parseVersionDocument, type ServiceVersion, versionDocumentUrl } from './discovery.ts'
import { errorFromAnswer } from './errors.ts'
import { chooseMicroversion, type MicroversionWish } from './microversion.ts'
import type { PacedTransport } from './paced-transport.ts'
import { decodeBody } from './request-encoding.ts'
import type { Token } from './token.ts'

/** The versions of services, each asked for once; again only after a failure. */
export class ServiceVersions {
  readonly #transport: PacedTransport
  readonly #now: () => number
  readonly #versions = new Map<string, Promise<ServiceVersion | undefined>>()

  constructor(transport: PacedTransport, now: () => number) {
    this.#transport = transport
    this.#now = now
  }

  /** `undefined` where the service has no version document that we can read. */
  of(service: string, endpoint: string, token: Token): Promise<ServiceVersion | undefined> {
    let version = this.#versions.get(endpoint)
    if (version === undefined) {
      version = this.#ask(service, endpoint, token)
      this.#versions.set(endpoint, version)
      version.catch(() => this.#versions.delete(endpoint))
    }
    return version
  }

  /** The microversion to ask for. A service that is too old is asked again the next time: clouds are upgraded. */
  async microversion(service: string, endpoint: string, token: Token, wish: MicroversionWish): Promise<string> {
    const version = await this.of(service, endpoint, token)
    try {
      return chooseMicroversion(service, wish, version?.microversions)
    } catch (error) {
      this.#versions.delete(endpoint)
      throw error
    }
  }

  async #ask(service: string, endpoint: string, token: Token): Promise<ServiceVersion | undefined> {
    const url = versionDocumentUrl(service, endpoint)
    const place = { service, method: 'GET', path: new URL(url).pathname } as const
    // Some clouds show their versions only to those who are logged in.
    const headers = { accept: 'application/json', 'x-auth-token': token.value }
    const answer = await this.#transport.exchange({ ...place, url, headers, idempotent: true })
    // 300 is how a root without a version in its path answers.
    if (answer.status > 300) throw errorFromAnswer({ ...place, ...answer, now: this.#now() })
    return parseVersionDocument(service, decodeBody(place, service, answer))
  }
}
