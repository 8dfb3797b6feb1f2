import { HttpError, type Reply } from '../http.ts'
import type { ServerAction } from './action.ts'
import { recordAction } from './action-record.ts'
import { type ApiCall, bodyOf, onlyKeys } from './api-call.ts'
import { requireMember } from './caller.ts'
import { checkLock, checkState } from './checks.ts'
import { findServer } from './server-find.ts'
import type { ServerRecord } from './server-record.ts'

const OPEN = { vm: ['active', 'paused', 'stopped'], task: [null] } as const

function serverOf(call: ApiCall): ServerRecord {
  return findServer(call.state, call.caller, call.params[0] ?? '')
}

function openServer(call: ApiCall, rule: 'create' | 'delete', what: string): ServerRecord {
  const server = serverOf(call)
  requireMember(call.caller, `os-attach-interfaces:${rule}`)
  checkLock(call.caller, server)
  checkState(server, what, OPEN)
  return server
}

export function listInterfaces(call: ApiCall): Reply {
  const found = call.neighbours.ports.interfaces(serverOf(call).id)
  return { status: 200, body: { interfaceAttachments: found } }
}

export function showInterface(call: ApiCall): Reply {
  const [, portId] = call.params
  const found = call.neighbours.ports.interfaces(serverOf(call).id).find(({ port_id }) => port_id === portId)
  if (!found) throw new HttpError(404, `Port id ${portId} could not be found.`)
  return { status: 200, body: { interfaceAttachment: found } }
}

export function attachInterface(call: ApiCall): Reply {
  const body = call.body === undefined ? {} : bodyOf(call, 'interfaceAttachment')
  onlyKeys(body, 'interfaceAttachment', ['net_id', 'port_id', 'fixed_ips', ...(call.minor >= 49 ? ['tag'] : [])])
  const server = openServer(call, 'create', 'attach_interface')
  const fixed = body['fixed_ips'] as { ip_address: string }[] | undefined
  const attached = call.neighbours.ports.attach(server, {
    ...(body['net_id'] !== undefined && { uuid: String(body['net_id']) }),
    ...(body['port_id'] !== undefined && { port: String(body['port_id']) }),
    ...(fixed?.[0] && { fixed_ip: fixed[0].ip_address }),
  })
  recordAction(call.state, call.caller, server.id, 'attach_interface')
  return { status: 200, body: { interfaceAttachment: attached } }
}

export function detachInterface(call: ApiCall): Reply {
  const server = openServer(call, 'delete', 'detach_interface')
  call.neighbours.ports.detach(server, call.params[1] ?? '')
  recordAction(call.state, call.caller, server.id, 'detach_interface')
  return { status: 202 }
}

export function listAddresses(call: ApiCall): Reply {
  const server = serverOf(call)
  const all = server.vmState === 'building' ? {} : call.neighbours.ports.addresses(server.id)
  const brief = Object.entries(all).map(([network, addresses]) => {
    return [network, addresses.map(({ addr, version }) => ({ addr, version }))]
  })
  return { status: 200, body: { addresses: Object.fromEntries(brief) } }
}

export function listSecurityGroups(call: ApiCall): Reply {
  const { id, projectId } = serverOf(call)
  const groups = call.neighbours.ports.securityGroups(id)
  const shown = groups.map((name) => ({ id: name, name, description: '', tenant_id: projectId, rules: [] }))
  return { status: 200, body: { security_groups: shown } }
}

function securityGroupAction(
  rule: 'add' | 'remove',
  change: 'addSecurityGroup' | 'removeSecurityGroup',
): ServerAction<{ name: string }> {
  return {
    check({ caller, server }) {
      requireMember(caller, `os-security-groups:${rule}`)
      checkLock(caller, server)
    },
    effect({ server, args, neighbours }) {
      neighbours.ports[change](server, args.name)
      return { status: 202 }
    },
  }
}

export const addSecurityGroup = securityGroupAction('add', 'addSecurityGroup')
export const removeSecurityGroup = securityGroupAction('remove', 'removeSecurityGroup')
