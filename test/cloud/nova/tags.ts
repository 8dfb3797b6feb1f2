import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, invalid, isObject, since } from './api-call.ts'
import { requireMember } from './caller.ts'
import { checkState } from './checks.ts'
import { findServer } from './server-find.ts'
import type { ServerRecord } from './server-record.ts'

const MOST_TAGS = 50
const TAG = /^[^,/]{1,60}$/

export function checkTags(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > MOST_TAGS) throw invalid('tags', value)
  for (const tag of value) if (typeof tag !== 'string' || !TAG.test(tag)) throw invalid('tags', value)
  return [...new Set(value as string[])]
}

/** As the database orders them. */
export function sorted(tags: readonly string[]): string[] {
  return tags.toSorted((a, b) => (a < b ? -1 : 1))
}

function serverOf(call: ApiCall): ServerRecord {
  since(call, 26)
  return findServer(call.state, call.caller, call.params[0] ?? '')
}

/** A server whose tags may be changed: not in VERIFY_RESIZE. A lock does not matter, and `updated` stays. */
function openServer(call: ApiCall, rule: string, what: string): ServerRecord {
  const server = serverOf(call)
  requireMember(call.caller, `os-server-tags:${rule}`)
  checkState({ ...server, launchedAt: 0 }, what, {
    vm: ['active', 'paused', 'suspended', 'stopped'],
    task: 'any',
  })
  return server
}

export function listTags(call: ApiCall): Reply {
  return { status: 200, body: { tags: serverOf(call).tags } }
}

export function replaceTags(call: ApiCall): Reply {
  if (!isObject(call.body)) throw invalid('tags', call.body)
  const tags = checkTags(call.body['tags'])
  const server = openServer(call, 'update_all', 'update tags')
  server.tags = sorted(tags)
  return { status: 200, body: { tags: server.tags } }
}

export function deleteTags(call: ApiCall): Reply {
  openServer(call, 'delete_all', 'delete tags').tags = []
  return { status: 204 }
}

function missing(server: ServerRecord, tag: string): HttpError {
  return new HttpError(404, `Server ${server.id} has no tag '${tag}'`)
}

export function hasTag(call: ApiCall): Reply {
  const [, tag = ''] = call.params
  const server = serverOf(call)
  if (!server.tags.includes(tag)) throw missing(server, tag)
  return { status: 204 }
}

export function addTag(call: ApiCall): Reply {
  const [, tag = ''] = call.params
  const server = openServer(call, 'update', 'update tag')
  if (!TAG.test(tag)) {
    const rule = "It must be a non empty string without characters '/' and ','."
    throw new HttpError(400, `Tag '${tag}' is invalid. ${rule}`)
  }
  if (server.tags.length >= MOST_TAGS) {
    throw new HttpError(400, `The number of tags exceeded the per-server limit ${MOST_TAGS}`)
  }
  if (server.tags.includes(tag)) return { status: 204 }
  server.tags = sorted([...server.tags, tag])
  return { status: 201, headers: { location: `${call.base}/servers/${server.id}/tags/${tag}` } }
}

export function deleteTag(call: ApiCall): Reply {
  const [, tag = ''] = call.params
  const server = openServer(call, 'delete', 'delete tag')
  if (!server.tags.includes(tag)) throw missing(server, tag)
  server.tags = server.tags.filter((one) => one !== tag)
  return { status: 204 }
}
