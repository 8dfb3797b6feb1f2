import type { Reply } from '../http.ts'
import type { ApiCall } from './api-call.ts'
import { forbidden } from './caller.ts'
import { limitOf, useOf } from './quota.ts'

/** What `GET /limits` calls a quota, and the microversion that took it away. */
const LIMITS: readonly (readonly [name: string, resource: string, goneIn?: number])[] = [
  ['maxPersonality', 'injected_files', 57],
  ['maxPersonalitySize', 'injected_file_content_bytes', 57],
  ['maxImageMeta', 'metadata_items', 39],
  ['maxTotalFloatingIps', 'floating_ips', 36],
  ['maxSecurityGroups', 'security_groups', 36],
  ['maxSecurityGroupRules', 'security_group_rules', 36],
  ['maxTotalCores', 'cores'],
  ['maxTotalInstances', 'instances'],
  ['maxTotalKeypairs', 'key_pairs'],
  ['maxServerMeta', 'metadata_items'],
  ['maxTotalRAMSize', 'ram'],
  ['maxServerGroups', 'server_groups'],
  ['maxServerGroupMembers', 'server_group_members'],
]

export function showLimits({ state, caller, query, minor }: ApiCall): Reply {
  const project = query.get('tenant_id') ?? caller.projectId
  if (project !== caller.projectId && !caller.isAdmin) throw forbidden('limits:other_project')
  const shown = LIMITS.filter(([, , goneIn]) => minor < (goneIn ?? Number.POSITIVE_INFINITY))
  const use = useOf(state, project)
  const absolute = {
    ...Object.fromEntries(shown.map(([name, resource]) => [name, limitOf(state, project, resource)])),
    ...{ totalInstancesUsed: use.instances, totalCoresUsed: use.cores, totalRAMUsed: use.ram },
    totalServerGroupsUsed: state.serverGroups.filter(({ projectId }) => projectId === project).length,
    ...(minor < 36 && { totalFloatingIpsUsed: 0, totalSecurityGroupsUsed: 0 }),
  }
  return { status: 200, body: { limits: { rate: [], absolute } } }
}
