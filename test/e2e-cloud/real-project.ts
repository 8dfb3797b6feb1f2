import type { Answer, Client, Session } from '../contract/target.ts'
import { eventually } from '../support/eventually.ts'

/** A server as Nova shows it to an administrator. */
export interface ServerView {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly metadata: Readonly<Record<string, string>>
  readonly tags: readonly string[]
  readonly locked: boolean
  readonly security_groups?: readonly { name: string }[]
  readonly [field: string]: unknown
}

/** The project that desktops are made in, as its member and an administrator see it, and what they do there by hand. */
export class RealProject {
  readonly #member: Session
  readonly #administrator: Session

  constructor(member: Session, administrator: Session) {
    this.#member = member
    this.#administrator = administrator
  }

  /** The member's client of a service; Nova's at a microversion that shows what tests ask for. */
  service(type: string, session = this.#member): Pick<Client, 'request'> {
    const client = session.service(type)
    const headers: Record<string, string> = type === 'compute' ? { 'openstack-api-version': 'compute 2.96' } : {}
    return { request: (method, path, options = {}) => client.request(method, path, { headers, ...options }) }
  }

  /** Servers that an object made. */
  async serversOf(namespace: string, name: string): Promise<ServerView[]> {
    return (await this.servers()).filter(({ metadata }) => metadata['auxo_mark'] === `e2e/${namespace}/${name}`)
  }

  /** The one server that an object made; fails if there are several, or none. */
  async theServer(namespace: string, name: string): Promise<ServerView> {
    const [server, ...others] = await this.serversOf(namespace, name)
    if (server === undefined || others.length > 0) throw new Error(`${others.length + +!!server} servers for ${name}`)
    return server
  }

  async servers(): Promise<ServerView[]> {
    const { json } = await this.#asAdministrator('compute', `/servers/detail?all_tenants=1`)
    return json.servers as ServerView[]
  }

  /** Ids of flavors that were made by an operator. */
  async madeFlavors(): Promise<string[]> {
    const { json } = await this.#asAdministrator('compute', '/flavors/detail?is_public=None')
    const flavors = json.flavors as { id: string; description: string | null }[]
    return flavors.filter(({ description }) => description?.startsWith('auxo_mark=')).map(({ id }) => id)
  }

  async floatingIPs(): Promise<{ floating_ip_address: string; port_id: string | null }[]> {
    return (await this.service('network').request('GET', '/v2.0/floatingips')).json.floatingips
  }

  async volumes(): Promise<{ id: string; size: number; status: string }[]> {
    return (await this.service('block-storage').request('GET', '/volumes/detail')).json.volumes
  }

  /** What the member may do with a server: the status of Nova's answer. */
  async act(id: string, action: object): Promise<number> {
    return (await this.service('compute').request('POST', `/servers/${id}/action`, { json: action })).status
  }

  async deleteServer(id: string): Promise<number> {
    return (await this.service('compute').request('DELETE', `/servers/${id}`)).status
  }

  async makeSecurityGroup(name: string): Promise<void> {
    const json = { security_group: { name } }
    const { status, text } = await this.service('network').request('POST', '/v2.0/security-groups', { json })
    if (status !== 201) throw new Error(`Neutron refuses a security group: ${text}`)
  }

  /** A server that somebody made by hand, once it runs. */
  async makeServer(server: { name: string; imageRef: string; flavorRef: string }): Promise<string> {
    const compute = this.service('compute')
    const json = { server: { networks: 'none', ...server } }
    const made = await compute.request('POST', '/servers', { json })
    if (made.status !== 202) throw new Error(`Nova refuses a server: ${made.text}`)
    const { id } = made.json.server as { id: string }
    const status = async () => (await compute.request('GET', `/servers/${id}`)).json.server.status
    await eventually(`server ${id} runs`, async () => (await status()) === 'ACTIVE', { timeoutMs: 90_000 })
    return id
  }

  /** The id of a flavor that was seeded. */
  async flavorID(name: string): Promise<string> {
    const { json } = await this.#asAdministrator('compute', '/flavors')
    const id = (json.flavors as { id: string; name: string }[]).find((flavor) => flavor.name === name)?.id
    if (id === undefined) throw new Error(`there is no flavor ${name}`)
    return id
  }

  async #asAdministrator(type: string, path: string): Promise<Answer> {
    return await this.service(type, this.#administrator).request('GET', path)
  }
}
