import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, isObject, text } from './api-call.ts'
import { requireAdmin } from './caller.ts'
import type { FlavorRecord } from './flavor-record.ts'
import { findFlavor } from './flavors.ts'

function view({ id, access }: FlavorRecord): Reply {
  return { status: 200, body: { flavor_access: access.map((project) => ({ flavor_id: id, tenant_id: project })) } }
}

export function listAccess(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-flavor-access')
  const flavor = findFlavor(call)
  if (flavor.isPublic) throw new HttpError(404, 'Access list not available for public flavors.')
  return view(flavor)
}

/** `POST /flavors/{id}/action`. */
export function changeAccess(call: ApiCall): Reply {
  const body = isObject(call.body) ? call.body : {}
  for (const action of ['addTenantAccess', 'removeTenantAccess'] as const) {
    const asked = body[action]
    if (!isObject(asked)) continue
    const rule = action === 'addTenantAccess' ? 'add_tenant_access' : 'remove_tenant_access'
    requireAdmin(call.caller, `os-flavor-access:${rule}`)
    const project = text(asked['tenant'], 'tenant')
    return action === 'addTenantAccess' ? add(call, project) : remove(call, project)
  }
  throw new HttpError(400, `There is no such action: ${Object.keys(body).join()}`)
}

function add(call: ApiCall, project: string): Reply {
  if (!call.neighbours.hasProject(project)) throw new HttpError(400, `Project ID ${project} is not a valid project.`)
  const flavor = findFlavor(call)
  if (call.minor >= 7 && flavor.isPublic) throw new HttpError(409, 'Can not add access to a public flavor.')
  if (flavor.access.includes(project)) {
    const which = `flavor ${flavor.number} and project ${project} combination`
    throw new HttpError(409, `Flavor access already exists for ${which}.`)
  }
  flavor.access.push(project)
  return view(flavor)
}

function remove(call: ApiCall, project: string): Reply {
  const flavor = findFlavor(call)
  if (!flavor.access.includes(project)) {
    throw new HttpError(404, `Flavor access not found for ${flavor.number} / ${project} combination.`)
  }
  flavor.access = flavor.access.filter((one) => one !== project)
  return view(flavor)
}
