import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { NeutronFloatingIP } from '../../pkg/openstack/neutron-network.ts'
import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import { Blocked } from './ingredients.ts'
import { networksOf } from './networks.ts'
import type { FloatingIPView } from './observed.ts'

/**
 * The floating IP that spec asks for, or that status says is ours. Neutron is asked only where the server does not show
 * it; one that was allocated from here is known by our mark in its description, also when status is lost.
 */
export async function viewFloatingIP(
  desktop: Desktop,
  server: NovaServer | undefined,
  mark: string,
  cloud: ConnectedCloud,
  signal: AbortSignal,
): Promise<FloatingIPView | undefined> {
  const { spec, status, metadata } = desktop
  const applied = status?.appliedFloatingIP
  const going = metadata.deletionTimestamp !== undefined
  if (spec.floatingIP === undefined && applied === undefined) return undefined
  if (!going && (server === undefined || shows(server, desktop))) return undefined
  const found = await findFloatingIP(desktop, mark, cloud, signal)
  const port = server && spec.floatingIP && (await portOf(desktop, server, cloud, signal))
  return {
    found: found && {
      id: found.id,
      address: found.floating_ip_address,
      portID: found.port_id,
      allocated: found.description === mark,
    },
    wantedPortID: port,
  }
}

/** Finds the network by which spec asks for an address, and takes one from there. */
export async function allocateFloatingIP(
  desktop: Desktop,
  portID: string,
  mark: string,
  cloud: ConnectedCloud,
  signal: AbortSignal,
): Promise<NeutronFloatingIP> {
  const { network, address } = desktop.spec.floatingIP ?? {}
  if (network === undefined) {
    throw new Blocked(
      'FloatingIPNotFound',
      `the project has no floating IP ${address}; allocate it, or set network instead`,
    )
  }
  const [found] = await networksOf([{ name: 'floating', network }], cloud, signal)
  const id = found !== undefined && 'uuid' in found ? found.uuid : ''
  return await cloud.networks.createFloatingIP(
    { floating_network_id: id, port_id: portID, description: mark },
    { signal },
  )
}

/** Whether the server has the address that is wanted, by its own word. */
function shows(server: NovaServer, { spec, status }: Desktop): boolean {
  const wanted = spec.floatingIP?.address ?? status?.appliedFloatingIP?.address
  if (spec.floatingIP === undefined || status?.appliedFloatingIP?.address !== wanted) return false
  return server.addresses.some(({ type, addr }) => type === 'floating' && addr === wanted)
}

async function findFloatingIP(
  { spec, status }: Desktop,
  mark: string,
  { networks }: ConnectedCloud,
  signal: AbortSignal,
): Promise<NeutronFloatingIP | undefined> {
  const given =
    spec.floatingIP?.address ??
    (status?.appliedFloatingIP?.origin === 'Existing' ? status.appliedFloatingIP.address : undefined)
  const query = given === undefined ? { description: mark } : { floating_ip_address: given }
  const [first] = await networks.floatingIPs(query, { signal })
  return first
}

/** The port of the interface that is meant: the named one, in the order of spec; else the first. */
async function portOf(
  { spec }: Desktop,
  server: NovaServer,
  cloud: ConnectedCloud,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ports = await cloud.networks.portsOf(server.id, { signal })
  const name = spec.floatingIP?.interface
  const wanted = spec.networks?.find((one) => one.name === name)
  if (wanted === undefined) return ports[0]?.id
  const [network] = await networksOf([wanted], cloud, signal)
  return ports.find(({ network_id }) => network !== undefined && 'uuid' in network && network.uuid === network_id)?.id
}
