import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, bodyOf, integer, onlyKeys } from './api-call.ts'
import { requireAdmin } from './caller.ts'
import { DEFAULT_QUOTA, limitOf, useOf } from './quota.ts'
import type { ComputeState } from './state.ts'

const GONE_IN_36 = ['fixed_ips', 'floating_ips', 'security_group_rules', 'security_groups']
const GONE_IN_57 = ['injected_files', 'injected_file_content_bytes', 'injected_file_path_bytes']

function resources(minor: number): string[] {
  const gone = [...(minor >= 36 ? GONE_IN_36 : []), ...(minor >= 57 ? GONE_IN_57 : [])]
  return Object.keys(DEFAULT_QUOTA).filter((name) => !gone.includes(name))
}

function limits(state: ComputeState, project: string, minor: number): Record<string, number> {
  return Object.fromEntries(resources(minor).map((name) => [name, limitOf(state, project, name)]))
}

function projectOf(call: ApiCall): string {
  const project = call.params[0] ?? ''
  if (!call.neighbours.hasProject(project)) throw new HttpError(400, `Project ID ${project} is not a valid project.`)
  return project
}

/** Members may see their own project's. */
function readable(call: ApiCall, rule: string): string {
  if (call.params[0] !== call.caller.projectId) requireAdmin(call.caller, `os-quota-sets:${rule}`)
  return projectOf(call)
}

function inUse(state: ComputeState, project: string, resource: string): number {
  const use: Readonly<Record<string, number>> = { ...useOf(state, project) }
  if (resource === 'server_groups') return state.serverGroups.filter(({ projectId }) => projectId === project).length
  return use[resource] ?? 0
}

export function showQuota(call: ApiCall): Reply {
  const project = readable(call, 'show')
  return { status: 200, body: { quota_set: { id: project, ...limits(call.state, project, call.minor) } } }
}

/** What is used is counted from the servers as they are now; nothing is ever reserved. */
export function detailQuota(call: ApiCall): Reply {
  const project = readable(call, 'detail')
  const { state, minor } = call
  const entries = resources(minor).map((name) => {
    return [name, { in_use: inUse(state, project, name), limit: limitOf(state, project, name), reserved: 0 }]
  })
  return { status: 200, body: { quota_set: { id: project, ...Object.fromEntries(entries) } } }
}

export function defaultQuota(call: ApiCall): Reply {
  const project = projectOf(call)
  const shown = resources(call.minor).map((name) => [name, DEFAULT_QUOTA[name]])
  return { status: 200, body: { quota_set: { id: project, ...Object.fromEntries(shown) } } }
}

/** 400 for a limit below what is used, unless it is forced. */
export function setQuota(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-quota-sets:update')
  const { state, minor } = call
  const project = projectOf(call)
  const body = bodyOf(call, 'quota_set')
  onlyKeys(body, 'quota_set', [...resources(minor), 'force', ...(minor < 36 ? ['tenant_id'] : [])])
  const isForced = /^(1|true|t|on|yes|y)$/i.test(String(body['force'] ?? false))
  const wanted = Object.entries(body).filter(([name]) => name !== 'force' && name !== 'tenant_id')
  const checked = wanted.map(([name, value]) => [name, integer(value, name, -1)] as const)
  for (const [name, limit] of checked) {
    const used = inUse(state, project, name)
    if (!isForced && limit >= 0 && limit < used) {
      const rule = `must be greater than or equal to already used and reserved ${used}.`
      throw new HttpError(400, `Quota limit ${limit} for ${name} ${rule}`)
    }
  }
  state.quotas[project] = { ...state.quotas[project], ...Object.fromEntries(checked) }
  return { status: 200, body: { quota_set: limits(state, project, minor) } }
}

export function resetQuota(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-quota-sets:delete')
  delete call.state.quotas[call.params[0] ?? '']
  return { status: 202 }
}
