import { isSame } from '../collation.ts'
import { HttpError } from '../http.ts'
import type { NetworkRequest } from '../nova/ports.ts'
import type { Network, NetworkState, Port, SecurityGroup } from './network-state.ts'

/** What Nova says of networks, ports and groups that a project asks for. */

export type NetworkRequests = readonly NetworkRequest[] | 'auto' | 'none'

/** 400 or 409 for what a new server cannot have. */
export function checkRequests(state: NetworkState, projectId: string, requests: NetworkRequests): void {
  if (requests === 'none') return
  if (requests === 'auto') return void onlyNetwork(state, projectId)
  for (const { uuid, port, fixed_ip: address } of requests) {
    if (port !== undefined) checkPort(findPort(state, projectId, port))
    else if (uuid !== undefined) checkNetwork(state, findNetwork(state, projectId, uuid), address)
  }
}

function checkPort(port: Port): void {
  if (port.device_id !== '') throw new HttpError(409, `Port ${port.id} is still in use.`)
  if (port.fixed_ips.length === 0) {
    throw new HttpError(400, `Port ${port.id} requires a FixedIP in order to be used.`)
  }
}

function checkNetwork(state: NetworkState, { id }: Network, address: string | undefined): void {
  if (!state.subnets.some((subnet) => subnet.network_id === id)) {
    throw new HttpError(400, `Network ${id} requires a subnet in order to boot instances on.`)
  }
  const user = state.ports.find(
    (port) => port.network_id === id && port.fixed_ips.some((ip) => ip.ip_address === address),
  )
  if (!user) return
  throw new HttpError(400, `Fixed IP address ${address} is already in use on instance ${user.device_id}.`)
}

export function findNetwork(state: NetworkState, projectId: string, id: string): Network {
  const found = state.networks.find((one) => one.id === id)
  if (found && (found.project_id === projectId || found.shared || found['router:external'])) return found
  throw new HttpError(400, `Network ${id} could not be found.`)
}

export function findPort(state: NetworkState, projectId: string, id: string): Port {
  const found = state.ports.find((one) => one.id === id && one.project_id === projectId)
  if (!found) throw new HttpError(400, `Port id ${id} could not be found.`)
  return found
}

/** The network of a server that asks for none: the only one, if there is one; undefined where there is none. */
export function onlyNetwork(state: NetworkState, projectId: string): Network | undefined {
  const own = state.networks.filter((one) => one.shared || one.project_id === projectId)
  if (own.length > 1) {
    throw new HttpError(409, 'Multiple possible networks found, use a Network ID to be more specific.')
  }
  return own[0]
}

/** By id or by name; `missing` is the status for none. */
export function findGroup(state: NetworkState, projectId: string, nameOrId: string, missing: 400 | 404): SecurityGroup {
  const own = state.security_groups.filter((one) => one.project_id === projectId)
  const named = own.filter((one) => isSame(one.name, nameOrId))
  const found = own.find((one) => one.id === nameOrId) ?? named[0]
  if (named.length > 1) {
    const why = `Multiple security_group matches found for name '${nameOrId}', use an ID to be more specific.`
    throw new HttpError(409, why)
  }
  if (found) return found
  if (missing === 400) throw new HttpError(400, `Unable to find security_group with name or id '${nameOrId}'`)
  throw new HttpError(404, `Security group ${nameOrId} is not found for project ${projectId}`)
}
