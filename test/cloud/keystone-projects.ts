import { isSame } from './collation.ts'
import { type Call, HttpError, type Reply, type Router } from './http.ts'
import type { IdentityStore, Project } from './identity-store.ts'
import { authenticated, forbidden } from './keystone-errors.ts'
import { links, projectView } from './keystone-views.ts'

/** `/projects` and `/auth/projects`. */
export function serveProjects(router: Router, store: IdentityStore): void {
  router
    .on('GET', '/v3/auth/projects', (call) => {
      const { user } = authenticated(call)
      const own = store.projects.filter((one) => user.roles.has(one.id))
      return list(call, own)
    })
    .on('GET', '/v3/projects', (call) => {
      if (!authenticated(call).roles.includes('admin')) throw forbidden('identity:list_projects')
      const name = call.query.get('name')
      const isDomain = (call.query.get('domain_id') ?? 'default') === 'default'
      const found = store.projects.filter((one) => isDomain && (name === null || isSame(one.name, name)))
      return list(call, found)
    })
    .on('GET', '/v3/projects/{}', (call) => show(store, call))
}

/** Members of other projects are not told whether it is there. */
function show(store: IdentityStore, call: Call): Reply {
  const { roles, project } = authenticated(call)
  const [id] = call.params
  if (id !== project?.id && !roles.includes('admin')) throw forbidden('identity:get_project')
  const found = store.projects.find((one) => one.id === id)
  if (!found) throw new HttpError(404, `Could not find project: ${id}.`)
  return { status: 200, body: { project: projectView(call, found) } }
}

function list(call: Call, projects: readonly Project[]): Reply {
  return { status: 200, body: { projects: projects.map((one) => projectView(call, one)), links: links(call) } }
}
