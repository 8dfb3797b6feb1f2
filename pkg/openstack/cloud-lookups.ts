import { abortable } from './abortable.ts'
import type { NetworkQuery, NetworkService } from './network-service.ts'
import type { NeutronNetwork, NeutronSecurityGroup } from './neutron-network.ts'
import type { ServerGroup, ServerGroupService } from './server-group-service.ts'
import type { CallOptions } from './service-api.ts'
import { realTiming, type Timing } from './timing.ts'

/** For so long an answer serves others who ask the same. */
const SHARED_MS = 5000

interface Answer {
  promise: Promise<unknown>
  askedAt: number
}

/**
 * What new servers refer to, by name or id. Servers of one template ask the same at the same time: each question goes
 * out once, and its answer is shared for five seconds. Failures are not: whoever comes later asks again.
 */
export class CloudLookups {
  readonly #services: { networks: NetworkService; serverGroups: ServerGroupService }
  readonly #projectID: string
  readonly #timing: Pick<Timing, 'now'>
  readonly #answers = new Map<string, Answer>()

  constructor(
    services: { networks: NetworkService; serverGroups: ServerGroupService },
    projectID: string,
    timing: Pick<Timing, 'now'> = realTiming,
  ) {
    this.#services = services
    this.#projectID = projectID
    this.#timing = timing
  }

  /** The networks of exactly this name, or the one with this id. Neutron's own filter ignores case and accents. */
  async networks(query: NetworkQuery, { signal }: CallOptions = {}): Promise<NeutronNetwork[]> {
    const found = await this.#shared(['networks', query], () => this.#services.networks.networks(query), signal)
    return 'name' in query ? found.filter(({ name }) => name === query.name) : found
  }

  /** The project's security groups of exactly these names. */
  async securityGroups(names: readonly string[], { signal }: CallOptions = {}): Promise<NeutronSecurityGroup[]> {
    const wanted = names.toSorted()
    const ask = () => this.#services.networks.securityGroups(this.#projectID, wanted)
    const found = await this.#shared(['security-groups', wanted], ask, signal)
    return found.filter(({ name }) => wanted.includes(name))
  }

  /** The project's server groups of exactly this name. */
  async serverGroups(name: string, { signal }: CallOptions = {}): Promise<ServerGroup[]> {
    const all = await this.#shared(['server-groups'], () => this.#services.serverGroups.list(), signal)
    return all.filter((group) => group.name === name)
  }

  /** Calls belong to everybody who waits for them: no single one can call them off. */
  #shared<T>(question: unknown, ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#forgetOld()
    const key = JSON.stringify(question)
    const known = this.#answers.get(key)
    if (known !== undefined) return abortable(known.promise as Promise<T>, signal)
    const promise = ask()
    const answer = { promise, askedAt: this.#timing.now() }
    this.#answers.set(key, answer)
    promise.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key)
    })
    return abortable(promise, signal)
  }

  /** Questions are kept in the order in which they were asked. */
  #forgetOld(): void {
    const oldest = this.#timing.now() - SHARED_MS
    for (const [key, { askedAt }] of this.#answers) {
      if (askedAt > oldest) return
      this.#answers.delete(key)
    }
  }
}
