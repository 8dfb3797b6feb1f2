import { rangeOf, toNumber, toText } from './ipv4.ts'
import { type Network, type NetworkState, type Subnet, standard, touch } from './network-state.ts'
import { disallowed, invalidInput, NeutronError } from './neutron-errors.ts'
import { type Caller, type Fields, find, projectFor, type Resource, text } from './resource.ts'

const ADMIN_ONLY = ['shared', 'router:external']

export const networks: Resource<Network> = {
  singular: 'network',
  plural: 'networks',
  creatable: ['name', 'description', 'admin_state_up', 'shared', 'router:external', 'project_id', 'tenant_id'],
  updatable: ['name', 'description', 'admin_state_up', 'shared'],
  filters: ['name', 'admin_state_up', 'status', 'shared', 'router:external'],
  rows: (state) => state.networks,
  isPublic: (_state, network) => network.shared || network['router:external'],
  notFound: (id) => new NeutronError(404, 'NetworkNotFound', `Network ${id} could not be found.`),
  view(state, { 'provider:segmentation_id': segment, ...network }, { isAdmin }) {
    const subnets = state.subnets.filter((one) => one.network_id === network.id).map(({ id }) => id)
    const provider = network['router:external']
      ? { 'provider:network_type': 'flat', 'provider:physical_network': 'extnet', 'provider:segmentation_id': null }
      : {
          'provider:network_type': 'vlan',
          'provider:physical_network': 'physnet1',
          'provider:segmentation_id': segment,
        }
    return {
      ...{ ...network, tenant_id: network.project_id, status: 'ACTIVE', subnets, mtu: 1500 },
      ...{ availability_zones: [], availability_zone_hints: [], port_security_enabled: true },
      ...{ ipv4_address_scope: null, ipv6_address_scope: null },
      ...(isAdmin && provider),
    }
  },
  create(state, fields, caller) {
    checkAdminOnly(fields, caller, 'create_network')
    const network: Network = {
      ...standard(projectFor(fields, caller, 'create_network'), caller.now, text(fields, 'description')),
      name: text(fields, 'name'),
      admin_state_up: fields['admin_state_up'] !== false,
      shared: fields['shared'] === true,
      'router:external': fields['router:external'] === true,
      'provider:segmentation_id': 100 + state.networks.length,
    }
    state.networks.push(network)
    return network
  },
  update(_state, network, fields, caller) {
    checkAdminOnly(fields, caller, 'update_network')
    Object.assign(network, fields)
    touch(network, caller.now)
  },
  remove(state, network) {
    if (state.ports.some((port) => port.network_id === network.id)) {
      const why = 'There are one or more ports still in use on the network.'
      throw new NeutronError(409, 'NetworkInUse', `Unable to complete operation on network ${network.id}. ${why}`)
    }
    state.subnets = state.subnets.filter((subnet) => subnet.network_id !== network.id)
    state.networks = state.networks.filter((one) => one !== network)
  },
}

function checkAdminOnly(fields: Fields, { isAdmin }: Caller, action: string): void {
  const forbidden = ADMIN_ONLY.find((name) => fields[name] !== undefined)
  if (forbidden && !isAdmin) throw disallowed(action)
}

export const subnets: Resource<Subnet> = {
  singular: 'subnet',
  plural: 'subnets',
  creatable: [
    ...['name', 'description', 'network_id', 'cidr', 'ip_version', 'gateway_ip', 'enable_dhcp', 'allocation_pools'],
    ...['project_id', 'tenant_id'],
  ],
  updatable: ['name', 'description', 'gateway_ip', 'enable_dhcp', 'allocation_pools'],
  filters: ['name', 'network_id', 'cidr', 'ip_version', 'gateway_ip', 'enable_dhcp'],
  rows: (state) => state.subnets,
  isPublic: (state, subnet) => state.networks.some(({ id, shared }) => id === subnet.network_id && shared),
  notFound: (id) => new NeutronError(404, 'SubnetNotFound', `Subnet ${id} could not be found.`),
  view: (_state, subnet) => ({
    ...{ ...subnet, tenant_id: subnet.project_id, ip_version: 4, dns_nameservers: [], host_routes: [] },
    ...{ ipv6_address_mode: null, ipv6_ra_mode: null, subnetpool_id: null, service_types: [], segment_id: null },
  }),
  create(state, fields, caller) {
    const projectId = projectFor(fields, caller, 'create_subnet')
    const network = find(networks, state, text(fields, 'network_id'), caller)
    if (!caller.isAdmin && network.project_id !== caller.projectId) throw disallowed('create_subnet')
    const cidr = text(fields, 'cidr')
    const range = rangeOf(cidr)
    if (!range) throw invalidInput(`'${cidr}' is not a valid IP subnet`)
    const gateway = fields['gateway_ip'] === null ? null : text(fields, 'gateway_ip', toText(range.first + 1))
    const start = toText(range.first + (gateway && toNumber(gateway) === range.first + 1 ? 2 : 1))
    const pools = fields['allocation_pools'] as Subnet['allocation_pools'] | undefined
    const subnet: Subnet = {
      ...standard(projectId, caller.now, text(fields, 'description')),
      ...{ name: text(fields, 'name'), network_id: network.id, cidr, gateway_ip: gateway },
      enable_dhcp: fields['enable_dhcp'] !== false,
      allocation_pools: pools ?? [{ start, end: toText(range.last - 1) }],
    }
    state.subnets.push(subnet)
    return subnet
  },
  update(_state, subnet, fields, caller) {
    Object.assign(subnet, fields)
    touch(subnet, caller.now)
  },
  remove(state, subnet) {
    if (isUsed(state, subnet.id)) {
      const why = 'One or more ports have an IP allocation from this subnet'
      throw new NeutronError(409, 'SubnetInUse', `Unable to complete operation on subnet ${subnet.id}: ${why}.`)
    }
    state.subnets = state.subnets.filter((one) => one !== subnet)
  },
}

function isUsed(state: NetworkState, subnetId: string): boolean {
  const isRouted = state.routers.some((router) => router.subnet_ids.includes(subnetId))
  return isRouted || state.ports.some((port) => port.fixed_ips.some((ip) => ip.subnet_id === subnetId))
}
