import { allocate, anyAddress } from './addresses.ts'
import { type FloatingIp, type NetworkState, type Port, standard, touch } from './network-state.ts'
import { networks } from './networks.ts'
import { disallowed, NeutronError } from './neutron-errors.ts'
import { type Caller, type Fields, find, projectFor, type Resource, text } from './resource.ts'

export const floatingIps: Resource<FloatingIp> = {
  singular: 'floatingip',
  plural: 'floatingips',
  creatable: [
    ...['floating_network_id', 'port_id', 'fixed_ip_address', 'floating_ip_address', 'subnet_id', 'description'],
    ...['project_id', 'tenant_id'],
  ],
  updatable: ['port_id', 'fixed_ip_address', 'description'],
  filters: ['floating_network_id', 'floating_ip_address', 'port_id', 'fixed_ip_address', 'router_id', 'status'],
  rows: (state) => state.floatingips,
  isPublic: () => false,
  notFound: (id) => new NeutronError(404, 'FloatingIPNotFound', `Floating IP ${id} could not be found`),
  view(state, floating) {
    const port = state.ports.find((one) => one.id === floating.port_id)
    // No L3 agent reports it up.
    return {
      ...{ ...floating, tenant_id: floating.project_id, status: 'DOWN', port_details: port ? details(port) : null },
      ...{ dns_domain: '', dns_name: '', port_forwardings: [] },
    }
  },
  create(state, fields, caller) {
    const projectId = projectFor(fields, caller, 'create_floatingip')
    const network = find(networks, state, text(fields, 'floating_network_id'), caller)
    if (!network['router:external']) {
      const why = `Bad floatingip request: Network ${network.id} is not a valid external network.`
      throw new NeutronError(400, 'BadRequest', why)
    }
    const address = text(fields, 'floating_ip_address')
    if (address !== '' && !caller.isAdmin) throw disallowed('create_floatingip')
    const [chosen] = address === '' ? [] : allocate(state, network.id, [{ ip_address: address }])
    const floating: FloatingIp = {
      ...standard(projectId, caller.now, text(fields, 'description')),
      floating_network_id: network.id,
      floating_ip_address: chosen?.ip_address ?? anyAddress(state, network.id),
      ...{ port_id: null, fixed_ip_address: null, router_id: null },
    }
    associate(state, floating, fields, caller)
    state.floatingips.push(floating)
    return floating
  },
  update(state, floating, fields, caller) {
    if (fields['description'] !== undefined) floating.description = text(fields, 'description')
    if (fields['port_id'] === null) disassociate(floating, caller.now)
    else associate(state, floating, fields, caller)
    touch(floating, caller.now)
  },
  remove(state, floating) {
    state.floatingips = state.floatingips.filter((one) => one !== floating)
  },
}

export function disassociate(floating: FloatingIp, now: number): void {
  Object.assign(floating, { port_id: null, fixed_ip_address: null, router_id: null })
  touch(floating, now)
}

function associate(state: NetworkState, floating: FloatingIp, fields: Fields, caller: Caller): void {
  const portId = text(fields, 'port_id')
  if (portId === '') return
  const port = state.ports.find((one) => one.id === portId && (caller.isAdmin || one.project_id === caller.projectId))
  if (!port) throw new NeutronError(404, 'PortNotFound', `Port ${portId} could not be found.`)
  const ip = inside(port, text(fields, 'fixed_ip_address'))
  const { floating_network_id: external } = floating
  const router = state.routers.find(
    (one) => one.external_network_id === external && one.subnet_ids.includes(ip.subnet_id),
  )
  if (!router) {
    const why = `External network ${external} is not reachable from subnet ${ip.subnet_id}.`
    const end = `Therefore, cannot associate Port ${portId} with a Floating IP.`
    throw new NeutronError(404, 'ExternalGatewayForFloatingIPNotFound', `${why}  ${end}`)
  }
  checkFree(state, floating, port, ip.ip_address)
  Object.assign(floating, { port_id: port.id, fixed_ip_address: ip.ip_address, router_id: router.id })
}

/** The address of the port that traffic goes to: the one that was asked for, or the only one. */
function inside(port: Port, wanted: string): Port['fixed_ips'][number] {
  const refused = (why: string) => new NeutronError(400, 'BadRequest', `Bad floatingip request: ${why}.`)
  const [only, second] = port.fixed_ips
  if (wanted !== '') {
    const found = port.fixed_ips.find((ip) => ip.ip_address === wanted)
    if (!found) throw refused(`Port ${port.id} does not have fixed ip ${wanted}`)
    return found
  }
  if (!only) throw refused(`Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses`)
  if (second) {
    const must = 'Must provide a specific IPv4 address when assigning a floating IP'
    throw refused(`Port ${port.id} has multiple fixed IPv4 addresses.  ${must}`)
  }
  return only
}

function checkFree(state: NetworkState, floating: FloatingIp, port: Port, address: string): void {
  const { floating_network_id: network } = floating
  const other = state.floatingips.find(
    (one) =>
      one.id !== floating.id &&
      one.port_id === port.id &&
      one.fixed_ip_address === address &&
      one.floating_network_id === network,
  )
  if (!other) return
  const what = `Cannot associate floating IP ${floating.floating_ip_address} (${floating.id}) with port ${port.id}`
  const why = `using fixed IP ${address}, as that fixed IP already has a floating IP on external network ${network}.`
  throw new NeutronError(409, 'FloatingIPPortAlreadyAssociated', `${what} ${why}`)
}

function details(port: Port) {
  const { name, network_id, mac_address, admin_state_up, status, device_id, device_owner } = port
  return { name, network_id, mac_address, admin_state_up, status, device_id, device_owner }
}
