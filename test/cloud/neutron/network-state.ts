import { randomUUID } from 'node:crypto'

/** What rows of all kinds have; names are those of Neutron's API. */
export interface Standard {
  readonly id: string
  readonly project_id: string
  description: string
  tags: string[]
  readonly created_at: string
  updated_at: string
  revision_number: number
}

export interface Network extends Standard {
  name: string
  admin_state_up: boolean
  shared: boolean
  readonly 'router:external': boolean
  readonly 'provider:segmentation_id': number
}

export interface Subnet extends Standard {
  name: string
  readonly network_id: string
  readonly cidr: string
  gateway_ip: string | null
  enable_dhcp: boolean
  allocation_pools: { start: string; end: string }[]
}

export interface FixedIp {
  subnet_id: string
  ip_address: string
}

export interface Port extends Standard {
  name: string
  readonly network_id: string
  readonly mac_address: string
  admin_state_up: boolean
  /** ACTIVE once it is bound to a host. */
  status: 'ACTIVE' | 'DOWN'
  fixed_ips: FixedIp[]
  security_groups: string[]
  device_id: string
  device_owner: string
  'binding:host_id': string
}

export interface SecurityGroup extends Standard {
  name: string
}

export interface SecurityGroupRule extends Standard {
  readonly security_group_id: string
  readonly direction: string
  readonly ethertype: string
  readonly protocol: string | null
  readonly port_range_min: number | null
  readonly port_range_max: number | null
  readonly remote_ip_prefix: string | null
  readonly remote_group_id: string | null
}

export interface FloatingIp extends Standard {
  readonly floating_network_id: string
  readonly floating_ip_address: string
  port_id: string | null
  fixed_ip_address: string | null
  router_id: string | null
}

/** A router from subnets to an external network. It has no API here: floating ips need one to be there. */
export interface Router {
  readonly id: string
  readonly external_network_id: string
  readonly subnet_ids: readonly string[]
}

/** All that Neutron knows, as plain data that can be cloned. */
export interface NetworkState {
  networks: Network[]
  subnets: Subnet[]
  ports: Port[]
  security_groups: SecurityGroup[]
  security_group_rules: SecurityGroupRule[]
  floatingips: FloatingIp[]
  routers: Router[]
  /** Ids of the ports that Nova made for servers; they go with them. */
  madeByNova: string[]
}

/** What a new row starts with. `now` is in milliseconds since the epoch. */
export function standard(projectId: string, now: number, description = ''): Standard {
  const time = timestamp(now)
  const times = { created_at: time, updated_at: time, revision_number: 0 }
  return { id: randomUUID(), project_id: projectId, description, tags: [], ...times }
}

/** Marks a row as changed. */
export function touch(row: Standard, now: number): void {
  row.updated_at = timestamp(now)
  row.revision_number++
}

function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** The networks of the lab's OpenStack: `desktops` of project demo, `shared`, and `public` behind a router. */
export function seededNetworks({ demo, admin, now }: { demo: string; admin: string; now: number }): NetworkState {
  let segment = 100
  const network = (name: string, projectId: string, { shared = false, external = false }): Network => ({
    ...standard(projectId, now),
    ...{ name, admin_state_up: true, shared, 'router:external': external, 'provider:segmentation_id': segment++ },
  })
  const subnet = ({ id, name, project_id }: Network, cidr: string, start: string, end: string): Subnet => ({
    ...standard(project_id, now),
    ...{ name, network_id: id, cidr, gateway_ip: start.replace(/2$/, '1'), enable_dhcp: true },
    allocation_pools: [{ start, end }],
  })
  const external = network('public', admin, { external: true })
  const desktops = network('desktops', demo, {})
  const shared = network('shared', admin, { shared: true })
  const outside = { ...subnet(external, '203.0.113.0/24', '203.0.113.2', '203.0.113.254'), name: 'public' }
  const inside = subnet(desktops, '10.20.0.0/20', '10.20.0.2', '10.20.15.254')
  return {
    networks: [external, desktops, shared],
    subnets: [outside, inside, subnet(shared, '10.40.0.0/20', '10.40.0.2', '10.40.15.254')],
    ...{ ports: [], security_groups: [], security_group_rules: [], floatingips: [] },
    routers: [{ id: randomUUID(), external_network_id: external.id, subnet_ids: [inside.id] }],
    madeByNova: [],
  }
}
