import { HttpError } from '../http.ts'
import type { InterfaceView, NetworkRequest, PortOwner, Ports, ShownAddress } from '../nova/ports.ts'
import { type NetworkState, type Port, touch } from './network-state.ts'
import { ports } from './ports.ts'
import type { Caller, Fields } from './resource.ts'
import { defaultGroup } from './security-groups.ts'
import {
  checkRequests,
  findGroup,
  findNetwork,
  findPort,
  type NetworkRequests,
  onlyNetwork,
} from './server-networks.ts'

/** Neutron as Nova uses it: ports of servers, their addresses and security groups. */
export class ServerPorts implements Ports {
  readonly #state: NetworkState
  readonly #now: () => number

  constructor(state: NetworkState, now: () => number) {
    this.#state = state
    this.#now = now
  }

  check(projectId: string, networks: NetworkRequests, securityGroups: readonly string[]): void {
    defaultGroup(this.#state, projectId, this.#now())
    for (const name of securityGroups) findGroup(this.#state, projectId, name, 400)
    checkRequests(this.#state, projectId, networks)
  }

  /** A server that has its ports already, since another host could not start it, keeps them. */
  allocate(owner: PortOwner, networks: NetworkRequests, securityGroups: readonly string[]): void {
    const present = this.#portsOf(owner.id)
    if (present.length > 0) {
      for (const port of present) this.#bind(port, owner)
      return
    }
    for (const request of this.#wanted(owner, networks)) this.#plug(owner, request, securityGroups)
  }

  release(serverId: string): void {
    for (const port of this.#portsOf(serverId)) this.#unplug(port)
  }

  addresses(serverId: string): Record<string, readonly ShownAddress[]> {
    const shown: Record<string, readonly ShownAddress[]> = {}
    for (const port of this.#portsOf(serverId)) {
      const name = this.#state.networks.find(({ id }) => id === port.network_id)?.name ?? ''
      shown[name] = [...(shown[name] ?? []), ...this.#addressesOf(port)]
    }
    return shown
  }

  /** One for each group of each port: two ports in one group show it twice. */
  securityGroups(serverId: string): readonly string[] {
    const ids = this.#portsOf(serverId).flatMap((port) => port.security_groups)
    return ids.map((id) => this.#state.security_groups.find((group) => group.id === id)?.name ?? id)
  }

  addSecurityGroup(owner: PortOwner, nameOrId: string): void {
    const { id } = findGroup(this.#state, owner.projectId, nameOrId, 404)
    for (const port of this.#requirePorts(owner)) {
      if (port.security_groups.includes(id)) continue
      port.security_groups.push(id)
      touch(port, this.#now())
    }
  }

  removeSecurityGroup(owner: PortOwner, nameOrId: string): void {
    const { id } = findGroup(this.#state, owner.projectId, nameOrId, 404)
    const joined = this.#requirePorts(owner).filter((port) => port.security_groups.includes(id))
    if (joined.length === 0) {
      throw new HttpError(404, `Security group ${nameOrId} not associated with the instance ${owner.id}`)
    }
    for (const port of joined) {
      port.security_groups = port.security_groups.filter((one) => one !== id)
      touch(port, this.#now())
    }
  }

  interfaces(serverId: string): readonly InterfaceView[] {
    return this.#portsOf(serverId).map(interfaceView)
  }

  attach(owner: PortOwner, request: NetworkRequest): InterfaceView {
    const isOpen = request.uuid === undefined && request.port === undefined
    const [wanted] = isOpen ? this.#wanted(owner, 'auto') : [request]
    if (!wanted) {
      const why = `No specific network was requested and none are available for project '${owner.projectId}'.`
      throw new HttpError(400, why)
    }
    checkRequests(this.#state, owner.projectId, [wanted])
    return interfaceView(this.#plug(owner, wanted, []))
  }

  detach(owner: PortOwner, portId: string): void {
    const port = this.#portsOf(owner.id).find(({ id }) => id === portId)
    if (!port) throw new HttpError(404, `Port ${portId} not found`)
    this.#unplug(port)
  }

  #portsOf(serverId: string): Port[] {
    return this.#state.ports.filter((port) => port.device_id === serverId)
  }

  #addressesOf(port: Port): ShownAddress[] {
    return port.fixed_ips.flatMap(({ ip_address: fixed }) => {
      const floating = this.#state.floatingips.filter(
        (one) => one.port_id === port.id && one.fixed_ip_address === fixed,
      )
      const outside = floating.map((one) => address(port, one.floating_ip_address, 'floating'))
      return [address(port, fixed, 'fixed'), ...outside]
    })
  }

  #requirePorts({ id }: PortOwner): Port[] {
    const found = this.#portsOf(id)
    if (found.length > 0) return found
    throw new HttpError(404, `instance_id ${id} could not be found as device id on any ports`)
  }

  #wanted({ projectId }: PortOwner, networks: NetworkRequests): readonly NetworkRequest[] {
    if (networks === 'none') return []
    if (networks !== 'auto') return networks
    const only = onlyNetwork(this.#state, projectId)
    return only ? [{ uuid: only.id }] : []
  }

  /** Makes a port, or takes the one that was asked for. */
  #plug(owner: PortOwner, request: NetworkRequest, groups: readonly string[]): Port {
    const { projectId } = owner
    if (request.port !== undefined) {
      const given = findPort(this.#state, projectId, request.port)
      this.#bind(given, owner)
      return given
    }
    const network = findNetwork(this.#state, projectId, request.uuid ?? '')
    if (network['router:external'] && !network.shared) {
      throw new HttpError(403, `It is not allowed to create an interface on external network ${network.id}`)
    }
    const fields: Fields = {
      ...{ network_id: network.id, project_id: projectId },
      ...(request.fixed_ip !== undefined && { fixed_ips: [{ ip_address: request.fixed_ip }] }),
      ...(groups.length > 0 && {
        security_groups: groups.map((name) => findGroup(this.#state, projectId, name, 400).id),
      }),
    }
    const port = ports.create(this.#state, fields, this.#asAdmin(projectId))
    this.#state.madeByNova.push(port.id)
    this.#bind(port, owner)
    return port
  }

  #bind(port: Port, owner: PortOwner): void {
    const device = { device_id: owner.id, device_owner: 'compute:nova', 'binding:host_id': owner.host ?? '' }
    ports.update(this.#state, port, device, this.#asAdmin(owner.projectId))
  }

  /** A port that Nova made goes; one that it was given is free again. */
  #unplug(port: Port): void {
    const caller = this.#asAdmin(port.project_id)
    if (!this.#state.madeByNova.includes(port.id)) {
      ports.update(this.#state, port, { device_id: '', device_owner: '', 'binding:host_id': '' }, caller)
      return
    }
    this.#state.madeByNova = this.#state.madeByNova.filter((id) => id !== port.id)
    ports.remove(this.#state, port, caller)
  }

  #asAdmin(projectId: string): Caller {
    return { projectId, isAdmin: true, isMember: true, now: this.#now() }
  }
}

function address(port: Port, addr: string, type: 'fixed' | 'floating'): ShownAddress {
  return { addr, version: 4, 'OS-EXT-IPS:type': type, 'OS-EXT-IPS-MAC:mac_addr': port.mac_address }
}

function interfaceView({ id, network_id, status, mac_address, fixed_ips }: Port): InterfaceView {
  return { port_id: id, net_id: network_id, port_state: status, mac_addr: mac_address, fixed_ips }
}
