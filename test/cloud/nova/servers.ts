import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, bodyOf, onlyKeys, text } from './api-call.ts'
import { requireMember } from './caller.ts'
import { deleteServer } from './deletion.ts'
import { page } from './page.ts'
import { findServer } from './server-find.ts'
import { queriedServers } from './server-query.ts'
import type { ServerRecord } from './server-record.ts'
import { save } from './server-save.ts'
import { serverSummary, serverView } from './server-view.ts'

function serverOf(call: ApiCall): ServerRecord {
  return findServer(call.state, call.caller, call.params[0] ?? '')
}

export function listServers(call: ApiCall, detailed: boolean): Reply {
  const { items, links } = page(call, queriedServers(call), detailed ? 'servers/detail' : 'servers', (marker) => {
    return new HttpError(400, `marker [${marker}] not found`)
  })
  const servers = items.map((one) => (detailed ? serverView(call, one, false) : serverSummary(call, one)))
  return { status: 200, body: { servers, ...(links && { servers_links: links }) } }
}

export function showServer(call: ApiCall): Reply {
  return { status: 200, body: { server: serverView(call, serverOf(call), true) } }
}

const UPDATABLE = ['name', 'OS-DCF:diskConfig', 'accessIPv4', 'accessIPv6']

/** A new name or description; possible in every state, and behind every lock. */
export function updateServer(call: ApiCall): Reply {
  const { minor } = call
  const body = bodyOf(call, 'server')
  onlyKeys(body, 'server', [
    ...UPDATABLE,
    ...(minor >= 19 ? ['description'] : []),
    ...(minor >= 90 ? ['hostname'] : []),
  ])
  const server = serverOf(call)
  requireMember(call.caller, 'servers:update')
  const { name, description } = body
  save(call.state, server, {
    ...(name !== undefined && { name: text(name, 'name').trim() }),
    ...(description !== undefined && { description: description === null ? null : text(description, 'description') }),
  })
  return { status: 200, body: { server: serverView(call, server, true) } }
}

export function removeServer(call: ApiCall): Reply {
  const { state, caller, minor, neighbours } = call
  return deleteServer({ state, caller, minor, neighbours, server: serverOf(call) })
}
