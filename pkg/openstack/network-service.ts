import type { Classify } from './errors.ts'
import {
  type NeutronFloatingIP,
  type NeutronNetwork,
  type NeutronPort,
  type NeutronSecurityGroup,
  parseFloatingIP,
  parseNetwork,
  parsePort,
  parseSecurityGroup,
} from './neutron-network.ts'
import type { Query, VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

/** What is meant: an id, or a name, which several may have. */
export type NetworkQuery = { id: string } | { name: string }

/** Which floating IPs are meant; all that is given has to fit. */
export interface FloatingIPQuery {
  floating_ip_address?: string
  port_id?: string
  /** The whole text: our mark. */
  description?: string
}

/** A floating IP to be made. */
export interface NewFloatingIP {
  floating_network_id: string
  /** Associates it at once. */
  port_id?: string
  /** A chosen address: for administrators, unless the policy says otherwise. */
  floating_ip_address?: string
  /** Our mark, by which it is found after a lost answer. */
  description: string
}

const ofRead: Classify = () => undefined

const ofFloatingIP: Classify = (status, text) => {
  if (status === 400)
    return { class: 'InvalidSpec', code: 'FloatingIPInvalid', message: `Neutron refuses this: ${text}` }
  if (status === 403)
    return { class: 'Refused', code: 'Forbidden', message: `the cloud's policy forbids this: ${text}` }
  if (status === 404) return { class: 'NotFound', code: 'NetworkResourceNotFound', message: `Neutron: ${text}` }
  if (status === 409 && /quota/i.test(text))
    return { class: 'Quota', code: 'QuotaExceeded', message: `Neutron: ${text}` }
  if (status === 409 && /no more ip addresses/i.test(text)) {
    return { class: 'Quota', code: 'NoFreeAddress', message: `Neutron: ${text}` }
  }
  if (status === 409) return { class: 'Refused', code: 'FloatingIPConflict', message: `Neutron: ${text}` }
  return undefined
}

/** Neutron's networks, security groups, ports and floating IPs, as far as servers need them. */
export class NetworkService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'network')
  }

  /** The networks that fit and that we may see; several where a name is not unique. */
  async networks(query: NetworkQuery, options: CallOptions = {}): Promise<NeutronNetwork[]> {
    return (await this.#list('networks', { ...query }, options)).map(parseNetwork)
  }

  /** Networks that floating IPs come from. */
  async externalNetworks(options: CallOptions = {}): Promise<NeutronNetwork[]> {
    return (await this.#list('networks', { 'router:external': true }, options)).map(parseNetwork)
  }

  /** The project's security groups of these names; those that it lacks are missing, doubled names come double. */
  async securityGroups(
    projectID: string,
    names: readonly string[],
    options: CallOptions = {},
  ): Promise<NeutronSecurityGroup[]> {
    if (names.length === 0) return []
    return (await this.#list('security-groups', { project_id: projectID, name: names }, options)).map(
      parseSecurityGroup,
    )
  }

  /** The server's ports. */
  async portsOf(serverID: string, options: CallOptions = {}): Promise<NeutronPort[]> {
    return (await this.#list('ports', { device_id: serverID }, options)).map(parsePort)
  }

  async floatingIPs(query: FloatingIPQuery, options: CallOptions = {}): Promise<NeutronFloatingIP[]> {
    return (await this.#list('floatingips', { ...query }, options)).map(parseFloatingIP)
  }

  /**
   * Takes an address from a pool. `LostAnswer` (UnknownOutcome): wait until `mayActUntil`, then look for the
   * description. `QuotaExceeded`, `NoFreeAddress` (Quota). `FloatingIPConflict`, `Forbidden` (Refused).
   * `FloatingIPInvalid` (InvalidSpec). `NetworkResourceNotFound` (NotFound): no such network or port.
   */
  async createFloatingIP(address: NewFloatingIP, options: CallOptions = {}): Promise<NeutronFloatingIP> {
    const details = { ...options, json: { floatingip: address } }
    return parseFloatingIP(
      this.#api.read(await this.#api.once('POST', '/floatingips', ofFloatingIP, details), 'floatingip'),
    )
  }

  /** Leads the address to a port, away from another. Refusals as `createFloatingIP`. */
  async associateFloatingIP(id: string, portID: string, options: CallOptions = {}): Promise<NeutronFloatingIP> {
    return this.#updateFloatingIP(id, { port_id: portID }, options)
  }

  /** Leads the address to nothing; it stays the project's. */
  async disassociateFloatingIP(id: string, options: CallOptions = {}): Promise<NeutronFloatingIP> {
    return this.#updateFloatingIP(id, { port_id: null }, options)
  }

  /** Gives the address back; `Absent` where there is none. */
  async removeFloatingIP(id: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    return this.#api.remove(`/floatingips/${segment(id)}`, ofFloatingIP, options)
  }

  async #updateFloatingIP(id: string, fields: object, options: CallOptions): Promise<NeutronFloatingIP> {
    const details = { ...options, json: { floatingip: fields }, idempotent: true }
    const answer = await this.#api.call('PUT', `/floatingips/${segment(id)}`, ofFloatingIP, details)
    return parseFloatingIP(this.#api.read(answer, 'floatingip'))
  }

  async #list(what: string, query: Query, options: CallOptions): Promise<unknown[]> {
    const answer = await this.#api.call('GET', `/${what}`, ofRead, { ...options, query })
    return this.#api.readList(answer, what.replaceAll('-', '_'))
  }
}
