import { type Call, HttpError, type Reply, type Router } from '../http.ts'
import { jsonBody } from './json-body.ts'
import { defaultQuotas, quotasOf, setQuotas } from './volume-quota.ts'
import type { VolumeState } from './volume-state.ts'
import { type Caller, callerOf, disallowed } from './volumes.ts'

/** `/os-quota-sets/<project>`: what a project may use; `usage=true` tells what it does use. */
export function serveQuotas(router: Router, state: VolumeState): void {
  const target = (call: Call) => call.params[0] ?? ''
  const limits = (project: string) =>
    Object.fromEntries(Object.entries(quotasOf(state, project)).map(([name, { limit }]) => [name, limit]))
  router
    .on('GET', '/v3/os-quota-sets/{}', (call) => {
      const project = readable(call)
      const isUsage = /^(1|t|true|on|y|yes)$/i.test(call.query.get('usage') ?? '')
      const quotas = isUsage ? quotasOf(state, project) : limits(project)
      return reply({ ...quotas, id: project })
    })
    .on('GET', '/v3/os-quota-sets/{}/defaults', (call) => {
      const project = readable(call)
      return reply({ ...defaultQuotas(state), id: project })
    })
    .on('PUT', '/v3/os-quota-sets/{}', async (call) => {
      requireAdmin(callerOf(call, 0), 'update')
      const { quota_set: wanted } = await jsonBody<{ quota_set?: Record<string, unknown> }>(call)
      if (!wanted || Object.keys(wanted).length === 0) {
        throw new HttpError(400, "Invalid input for field/attribute quota_set. 'quota_set' is a required property")
      }
      setQuotas(state, target(call), wanted)
      return reply(limits(target(call)))
    })
    .on('DELETE', '/v3/os-quota-sets/{}', (call) => {
      requireAdmin(callerOf(call, 0), 'delete')
      delete state.quotas[target(call)]
      return { status: 200 }
    })
}

/** The project of the path, whose quotas are for its own members and administrators. */
function readable(call: Call): string {
  const caller = callerOf(call, 0)
  const [project = ''] = call.params
  if (!caller.isAdmin && project !== caller.projectId) throw disallowed('volume_extension:quotas:show')
  return project
}

function requireAdmin({ isAdmin }: Caller, action: string): void {
  if (!isAdmin) throw disallowed(`volume_extension:quotas:${action}`)
}

function reply(quotas: object): Reply {
  return { status: 200, body: { quota_set: quotas } }
}
