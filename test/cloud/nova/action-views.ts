import { createHash } from 'node:crypto'
import { HttpError, type Reply } from '../http.ts'
import type { ActionRecord, EventRecord } from './action-record.ts'
import type { ApiCall } from './api-call.ts'
import { page } from './page.ts'
import { mayReach } from './server-find.ts'
import type { ServerRecord } from './server-record.ts'
import { isoMicroseconds, parseTime } from './time.ts'

/** Since 2.21 also of servers that are gone. */
function serverOf({ state, caller, minor, params }: ApiCall): ServerRecord {
  const id = params[0] ?? ''
  const server = state.servers[id]
  if (!server || !mayReach(server, caller) || (server.vmState === 'deleted' && minor < 21)) {
    throw new HttpError(404, `Instance ${id} could not be found.`)
  }
  return server
}

function view(minor: number, { action, serverId, requestId, userId, projectId, ...rest }: ActionRecord) {
  const { startTime, message, updatedAt } = rest
  return {
    ...{ action, instance_uuid: serverId, request_id: requestId, user_id: userId, project_id: projectId },
    ...{ start_time: isoMicroseconds(startTime), message },
    ...(minor >= 58 && { updated_at: isoMicroseconds(updatedAt ?? startTime) }),
  }
}

/** Newest first. */
export function listActions(call: ApiCall): Reply {
  const { state, minor, query } = call
  const { id } = serverOf(call)
  const from = minor >= 58 ? parseTime(query.get('changes-since') ?? '') : undefined
  const actions = state.actions
    .filter(({ serverId, startTime, updatedAt }) => serverId === id && (updatedAt ?? startTime) >= (from ?? 0))
    .reverse()
  const named = actions.map((action) => ({ id: action.requestId, action }))
  const paged = minor >= 58 ? call : { ...call, query: new URLSearchParams() }
  const { items, links } = page(paged, named, `servers/${id}/os-instance-actions`, (marker) => {
    return new HttpError(400, `Marker ${marker} could not be found.`)
  })
  const instanceActions = items.map(({ action }) => view(minor, action))
  return { status: 200, body: { instanceActions, ...(minor >= 58 && links && { links }) } }
}

/** With its events: since 2.51 for everybody, their causes for administrators. */
export function showAction(call: ApiCall): Reply {
  const { state, minor, caller } = call
  const server = serverOf(call)
  const requestId = call.params[1] ?? ''
  const action = state.actions.find((one) => one.serverId === server.id && one.requestId === requestId)
  if (!action) throw new HttpError(404, `Action ${requestId} not found`)
  const events =
    caller.isAdmin || minor >= 51 ? { events: action.events.map((one) => eventView(call, server, one)) } : {}
  return { status: 200, body: { instanceAction: { ...view(minor, action), ...events } } }
}

function eventView({ minor, caller }: ApiCall, { projectId }: ServerRecord, event: EventRecord): object {
  const { startTime, finishTime, result, traceback, host, details } = event
  return {
    event: event.event,
    start_time: isoMicroseconds(startTime),
    finish_time: finishTime === null ? null : isoMicroseconds(finishTime),
    result,
    ...(caller.isAdmin && { traceback }),
    ...(minor >= 62 && caller.isAdmin && { host }),
    ...(minor >= 62 && {
      hostId:
        host === null
          ? ''
          : createHash('sha224')
              .update(projectId + host)
              .digest('hex'),
    }),
    ...(minor >= 84 && caller.isAdmin && { details }),
  }
}
