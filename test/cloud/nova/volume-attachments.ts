import { HttpError, type Reply } from '../http.ts'
import { recordAction } from './action-record.ts'
import { type ApiCall, bodyOf, onlyKeys, text } from './api-call.ts'
import { requireMember } from './caller.ts'
import { checkLock, checkState } from './checks.ts'
import { findServer } from './server-find.ts'
import type { AttachedVolume, ServerRecord } from './server-record.ts'
import { save } from './server-save.ts'

const OPEN = {
  vm: ['active', 'paused', 'stopped', 'resized', 'soft-delete', 'shelved', 'shelved_offloaded'],
} as const

function serverOf(call: ApiCall): ServerRecord {
  return findServer(call.state, call.caller, call.params[0] ?? '')
}

function openServer(call: ApiCall, rule: 'create' | 'delete', what: string): ServerRecord {
  const server = serverOf(call)
  requireMember(call.caller, `os-volumes-attachments:${rule}`)
  checkLock(call.caller, server)
  checkState(server, what, OPEN)
  return server
}

function view({ minor }: ApiCall, { id: serverId }: ServerRecord, attached: AttachedVolume): object {
  const { volumeId, device, attachmentId, deleteOnTermination } = attached
  return {
    ...(minor < 89 && { id: volumeId }),
    ...{ volumeId, serverId, device },
    ...(minor >= 70 && { tag: null }),
    ...(minor >= 79 && { delete_on_termination: deleteOnTermination }),
    ...(minor >= 89 && { attachment_id: attachmentId, bdm_uuid: attachmentId }),
  }
}

function find(call: ApiCall, server: ServerRecord): AttachedVolume {
  const [, volumeId = ''] = call.params
  const attached = server.volumes.find((one) => one.volumeId === volumeId)
  if (!attached) throw new HttpError(404, `volume_id not found: ${volumeId}`)
  return attached
}

export function listAttachments(call: ApiCall): Reply {
  const server = serverOf(call)
  return { status: 200, body: { volumeAttachments: server.volumes.map((one) => view(call, server, one)) } }
}

export function showAttachment(call: ApiCall): Reply {
  const server = serverOf(call)
  return { status: 200, body: { volumeAttachment: view(call, server, find(call, server)) } }
}

/** Since 2.101 there is no answer but 202. */
export function attachVolume(call: ApiCall): Reply {
  const { state, caller, neighbours, minor } = call
  const body = bodyOf(call, 'volumeAttachment')
  const known = [
    'volumeId',
    'device',
    ...(minor >= 49 ? ['tag'] : []),
    ...(minor >= 79 ? ['delete_on_termination'] : []),
  ]
  onlyKeys(body, 'volumeAttachment', known)
  const volumeId = text(body['volumeId'], 'volumeId')
  const server = openServer(call, 'create', 'attach_volume')
  neighbours.volumes.checkAvailable(server.projectId, volumeId)
  const used = server.volumes.length + (server.imageId === null ? 0 : 1)
  const device = `/dev/vd${'abcdefghijklmnopqrstuvwxyz'[used] ?? 'z'}`
  const deleteOnTermination = body['delete_on_termination'] === true
  const attached = { ...neighbours.volumes.attach(server.id, volumeId, device), deleteOnTermination }
  recordAction(state, caller, server.id, 'attach_volume')
  save(state, server, { volumes: [...server.volumes, attached] })
  return minor >= 101 ? { status: 202 } : { status: 200, body: { volumeAttachment: view(call, server, attached) } }
}

export function detachVolume(call: ApiCall): Reply {
  const { state, caller, neighbours } = call
  const server = openServer(call, 'delete', 'detach_volume')
  const attached = find(call, server)
  if (attached.bootIndex === 0) throw new HttpError(403, 'Cannot detach a root device volume')
  neighbours.volumes.detach(server.id, attached.volumeId, false)
  recordAction(state, caller, server.id, 'detach_volume')
  save(state, server, { volumes: server.volumes.filter((one) => one !== attached) })
  return { status: 202 }
}
