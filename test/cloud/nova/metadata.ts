import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, bodyOf, invalid, isObject } from './api-call.ts'
import { requireMember } from './caller.ts'
import { checkLock, checkState } from './checks.ts'
import { limitOf } from './quota.ts'
import { findServer } from './server-find.ts'
import type { ServerRecord } from './server-record.ts'
import { save } from './server-save.ts'

/** Metadata as Nova takes it: texts of at most 255 characters. */
export function checkMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) throw invalid('metadata', value)
  for (const [key, one] of Object.entries(value)) {
    if (!/^[a-zA-Z0-9-_:. ]{1,255}$/.test(key)) throw invalid('metadata', value)
    if (typeof one !== 'string' || one.length > 255) throw invalid(key, one)
  }
  return value as Record<string, string>
}

/** In VERIFY_RESIZE, BUILD and ERROR the metadata of a server is closed, for administrators too. */
const OPEN = { vm: ['active', 'paused', 'suspended', 'stopped'], task: 'any' } as const

function openServer(call: ApiCall, rule: string, what: string): ServerRecord {
  const server = findServer(call.state, call.caller, call.params[0] ?? '')
  requireMember(call.caller, `server-metadata:${rule}`)
  checkLock(call.caller, server)
  checkState(server, what, OPEN)
  return server
}

function write(call: ApiCall, server: ServerRecord, metadata: Record<string, string>): void {
  const most = limitOf(call.state, server.projectId, 'metadata_items')
  if (most >= 0 && Object.keys(metadata).length > most) {
    throw new HttpError(403, `Maximum number of metadata items exceeds ${most}`)
  }
  save(call.state, server, { metadata })
}

export function listMetadata(call: ApiCall): Reply {
  const { metadata } = findServer(call.state, call.caller, call.params[0] ?? '')
  return { status: 200, body: { metadata } }
}

export function addMetadata(call: ApiCall): Reply {
  const metadata = checkMetadata(bodyOf(call, 'metadata'))
  const server = openServer(call, 'create', 'update metadata')
  write(call, server, { ...server.metadata, ...metadata })
  return { status: 200, body: { metadata: server.metadata } }
}

export function replaceMetadata(call: ApiCall): Reply {
  const metadata = checkMetadata(bodyOf(call, 'metadata'))
  const server = openServer(call, 'update_all', 'update metadata')
  write(call, server, { ...metadata })
  return { status: 200, body: { metadata: server.metadata } }
}

export function showMetadata(call: ApiCall): Reply {
  const key = call.params[1] ?? ''
  const value = findServer(call.state, call.caller, call.params[0] ?? '').metadata[key]
  if (value === undefined) throw new HttpError(404, 'Metadata item was not found')
  return { status: 200, body: { meta: { [key]: value } } }
}

export function setMetadata(call: ApiCall): Reply {
  const key = call.params[1] ?? ''
  const meta = checkMetadata(bodyOf(call, 'meta'))
  if (meta[key] === undefined) throw new HttpError(400, 'Request body and URI mismatch')
  const server = openServer(call, 'update', 'update metadata')
  write(call, server, { ...server.metadata, ...meta })
  return { status: 200, body: { meta } }
}

export function deleteMetadata(call: ApiCall): Reply {
  const key = call.params[1] ?? ''
  const found = findServer(call.state, call.caller, call.params[0] ?? '')
  if (found.metadata[key] === undefined) throw new HttpError(404, 'Metadata item was not found')
  const server = openServer(call, 'delete', 'delete metadata')
  const { [key]: _gone, ...rest } = server.metadata
  save(call.state, server, { metadata: rest })
  return { status: 204 }
}
