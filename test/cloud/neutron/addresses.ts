import { rangeOf, toNumber, toText } from './ipv4.ts'
import type { FixedIp, NetworkState, Subnet } from './network-state.ts'
import { invalidInput, NeutronError } from './neutron-errors.ts'

/** What a port may ask for: an address, a subnet, or both. */
export interface WantedIp {
  readonly ip_address?: string
  readonly subnet_id?: string
}

/** Addresses of a port on a network: those that are wanted, else one that is free; none where there is no subnet. */
export function allocate(
  state: NetworkState,
  networkId: string,
  wanted: readonly WantedIp[] | undefined,
  kept: readonly FixedIp[] = [],
): FixedIp[] {
  const subnets = state.subnets.filter((subnet) => subnet.network_id === networkId)
  if (wanted) return wanted.map((one) => exactly(state, subnets, one, kept))
  if (subnets.length === 0) return []
  const found = subnets.map((subnet) => anyOf(state, subnet)).find((ip) => ip !== undefined)
  if (!found) throw exhausted(networkId)
  return [found]
}

function exactly(
  state: NetworkState,
  subnets: readonly Subnet[],
  { ip_address: address, subnet_id: subnetId }: WantedIp,
  kept: readonly FixedIp[],
): FixedIp {
  const candidates = subnetId === undefined ? subnets : subnets.filter((subnet) => subnet.id === subnetId)
  if (candidates.length === 0 && subnetId !== undefined) {
    throw invalidInput(`Failed to create port on network: subnet ${subnetId} is not on it`)
  }
  if (address === undefined) {
    const subnet = candidates[0]
    const found = subnet && anyOf(state, subnet)
    if (!found) throw exhausted(subnet?.network_id ?? '')
    return found
  }
  const subnet = candidates.find(({ cidr }) => contains(cidr, address))
  if (!subnet) {
    const why = `IP address ${address} is not a valid IP for any of the subnets on the specified network.`
    throw new NeutronError(400, 'InvalidIpForNetwork', why)
  }
  const own = kept.find((ip) => ip.ip_address === address && ip.subnet_id === subnet.id)
  if (!own && taken(state, subnet).has(address)) {
    const why = `IP address ${address} already allocated in subnet ${subnet.id}`
    throw new NeutronError(409, 'IpAddressAlreadyAllocated', why)
  }
  return { subnet_id: subnet.id, ip_address: address }
}

function anyOf(state: NetworkState, subnet: Subnet): FixedIp | undefined {
  const used = taken(state, subnet)
  for (const { start, end } of subnet.allocation_pools) {
    const last = toNumber(end) ?? 0
    for (let number = toNumber(start) ?? last; number <= last; number++) {
      const address = toText(number)
      if (!used.has(address)) return { subnet_id: subnet.id, ip_address: address }
    }
  }
  return undefined
}

/** An address for a floating ip, free on one of the external network's subnets. */
export function anyAddress(state: NetworkState, networkId: string): string {
  const [found] = allocate(state, networkId, undefined)
  if (!found) throw exhausted(networkId)
  return found.ip_address
}

function taken(state: NetworkState, subnet: Subnet): ReadonlySet<string> {
  const ports = state.ports.flatMap((port) => port.fixed_ips).filter((ip) => ip.subnet_id === subnet.id)
  const floating = state.floatingips.filter((one) => one.floating_network_id === subnet.network_id)
  const gateway = subnet.gateway_ip === null ? [] : [subnet.gateway_ip]
  return new Set([...gateway, ...ports.map((ip) => ip.ip_address), ...floating.map((one) => one.floating_ip_address)])
}

export function contains(cidr: string, address: string): boolean {
  const range = rangeOf(cidr)
  const number = toNumber(address)
  return range !== undefined && number !== undefined && number > range.first && number < range.last
}

function exhausted(networkId: string): NeutronError {
  const why = `No more IP addresses available on network ${networkId}.`
  return new NeutronError(409, 'IpAddressGenerationFailure', why)
}
