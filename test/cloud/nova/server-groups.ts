import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, bodyOf, invalid, isObject, text } from './api-call.ts'
import { requireMember } from './caller.ts'
import { limitOf } from './quota.ts'
import { nextId, type ServerGroupRecord } from './state.ts'

const POLICIES = ['affinity', 'anti-affinity', 'soft-affinity', 'soft-anti-affinity']

function view({ state, minor }: ApiCall, group: ServerGroupRecord): object {
  const { id, name, policy, rules, projectId, userId } = group
  const members = Object.values(state.servers)
    .filter(({ serverGroup, vmState }) => serverGroup === id && vmState !== 'deleted')
    .map((one) => one.id)
  return {
    ...{ id, name, members },
    ...(minor >= 64 ? { policy, rules } : { policies: [policy], metadata: {} }),
    ...(minor >= 13 && { project_id: projectId, user_id: userId }),
  }
}

function groupOf({ state, caller, params }: ApiCall): ServerGroupRecord {
  const group = state.serverGroups.find(({ id }) => id === params[0])
  if (!group || (group.projectId !== caller.projectId && !caller.isAdmin)) {
    throw new HttpError(404, `Instance group ${params[0]} could not be found.`)
  }
  return group
}

export function listGroups(call: ApiCall): Reply {
  const { state, caller, query } = call
  const all = query.has('all_projects') && caller.isAdmin
  const groups = state.serverGroups.filter(({ projectId }) => all || projectId === caller.projectId)
  return { status: 200, body: { server_groups: groups.map((group) => view(call, group)) } }
}

export function showGroup(call: ApiCall): Reply {
  return { status: 200, body: { server_group: view(call, groupOf(call)) } }
}

export function createGroup(call: ApiCall): Reply {
  const { state, caller, minor } = call
  requireMember(caller, 'os-server-groups:create')
  const body = bodyOf(call, 'server_group')
  const policies = body['policies']
  const policy = minor >= 64 ? body['policy'] : Array.isArray(policies) ? policies[0] : undefined
  if (typeof policy !== 'string' || !POLICIES.includes(policy)) throw invalid('policy', policy)
  const own = state.serverGroups.filter(({ projectId }) => projectId === caller.projectId)
  if (own.length >= limitOf(state, caller.projectId, 'server_groups')) {
    throw new HttpError(403, 'Quota exceeded, too many server groups.')
  }
  const { projectId, userId } = caller
  const rules = isObject(body['rules']) ? (body['rules'] as Record<string, number>) : {}
  const group = { id: nextId(state), name: text(body['name'], 'name'), policy, rules, projectId, userId }
  state.serverGroups.push(group)
  return { status: 200, body: { server_group: view(call, group) } }
}

export function deleteGroup(call: ApiCall): Reply {
  requireMember(call.caller, 'os-server-groups:delete')
  const { id } = groupOf(call)
  call.state.serverGroups = call.state.serverGroups.filter((one) => one.id !== id)
  return { status: 204 }
}
