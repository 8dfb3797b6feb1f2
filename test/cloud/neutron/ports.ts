import { randomBytes } from 'node:crypto'
import { allocate, type WantedIp } from './addresses.ts'
import { disassociate } from './floating-ips.ts'
import { type NetworkState, type Port, standard, touch } from './network-state.ts'
import { networks } from './networks.ts'
import { disallowed, NeutronError } from './neutron-errors.ts'
import { type Caller, type Fields, find, projectFor, type Resource, text } from './resource.ts'
import { defaultGroup, securityGroups } from './security-groups.ts'

const UPDATABLE = [
  ...['name', 'description', 'admin_state_up', 'fixed_ips', 'security_groups', 'device_id', 'device_owner'],
  ...['binding:host_id', 'binding:profile', 'binding:vnic_type', 'port_security_enabled', 'allowed_address_pairs'],
]

export const ports: Resource<Port> = {
  singular: 'port',
  plural: 'ports',
  creatable: [...UPDATABLE, 'network_id', 'mac_address', 'project_id', 'tenant_id'],
  updatable: UPDATABLE,
  filters: [
    ...['name', 'network_id', 'mac_address', 'admin_state_up', 'status', 'device_id', 'device_owner', 'fixed_ips'],
    ...['security_groups', 'binding:host_id'],
  ],
  rows: (state) => state.ports,
  isPublic: () => false,
  notFound: (id) => new NeutronError(404, 'PortNotFound', `Port ${id} could not be found.`),
  view(_state, { 'binding:host_id': host, ...port }, { isAdmin }) {
    const binding = {
      'binding:host_id': host,
      'binding:profile': {},
      'binding:vif_type': host === '' ? 'unbound' : 'ovs',
      'binding:vif_details': host === '' ? {} : { port_filter: true },
    }
    return {
      ...{ ...port, tenant_id: port.project_id, allowed_address_pairs: [], port_security_enabled: true },
      'binding:vnic_type': 'normal',
      ...(isAdmin && binding),
    }
  },
  create(state, fields, caller) {
    const projectId = projectFor(fields, caller, 'create_port')
    const network = find(networks, state, text(fields, 'network_id'), caller)
    checkChosen(state, network.id, fields, caller, 'create_port')
    const groups = fields['security_groups'] as string[] | undefined
    const host = text(fields, 'binding:host_id')
    const port: Port = {
      ...standard(projectId, caller.now, text(fields, 'description')),
      ...{ name: text(fields, 'name'), network_id: network.id, mac_address: text(fields, 'mac_address', newMac()) },
      admin_state_up: fields['admin_state_up'] !== false,
      status: host === '' ? 'DOWN' : 'ACTIVE',
      fixed_ips: allocate(state, network.id, fields['fixed_ips'] as WantedIp[] | undefined),
      security_groups: groups ? checkGroups(state, groups, caller) : [defaultGroup(state, projectId, caller.now).id],
      ...{ device_id: text(fields, 'device_id'), device_owner: text(fields, 'device_owner') },
      'binding:host_id': host,
    }
    state.ports.push(port)
    return port
  },
  update(state, port, fields, caller) {
    checkChosen(state, port.network_id, fields, caller, 'update_port')
    const { fixed_ips: wanted, security_groups: groups, ...others } = fields
    if (wanted) port.fixed_ips = allocate(state, port.network_id, wanted as WantedIp[], port.fixed_ips)
    if (groups) port.security_groups = checkGroups(state, groups as string[], caller)
    const kept = ['name', 'description', 'admin_state_up', 'device_id', 'device_owner', 'binding:host_id']
    Object.assign(port, Object.fromEntries(Object.entries(others).filter(([name]) => kept.includes(name))))
    port.status = port['binding:host_id'] === '' ? 'DOWN' : 'ACTIVE'
    touch(port, caller.now)
  },
  remove(state, port, caller) {
    for (const floating of state.floatingips) if (floating.port_id === port.id) disassociate(floating, caller.now)
    state.ports = state.ports.filter((one) => one !== port)
  },
}

/** Only a network's owner chooses addresses on it, only administrators bind. */
function checkChosen(
  state: NetworkState,
  networkId: string,
  fields: Fields,
  { isAdmin, projectId }: Caller,
  action: string,
): void {
  if (isAdmin) return
  if (fields['binding:host_id'] !== undefined || fields['binding:profile'] !== undefined) throw disallowed(action)
  const isOwner = state.networks.some((one) => one.id === networkId && one.project_id === projectId)
  const wanted = (fields['fixed_ips'] ?? []) as WantedIp[]
  if (!isOwner && (fields['mac_address'] !== undefined || wanted.some((ip) => ip.ip_address !== undefined))) {
    throw disallowed(action)
  }
}

function checkGroups(state: NetworkState, ids: readonly string[], caller: Caller): string[] {
  return ids.map((id) => find(securityGroups, state, id, caller).id)
}

function newMac(): string {
  return `fa:16:3e:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
}
