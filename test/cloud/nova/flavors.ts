import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, bodyOf, integer, invalid, onlyKeys, onlyQuery, text } from './api-call.ts'
import { type Caller, requireAdmin } from './caller.ts'
import type { FlavorRecord } from './flavor-record.ts'
import { flavorSummary, flavorView } from './flavor-view.ts'
import { page } from './page.ts'
import { type ComputeState, nextId, nextNumber } from './state.ts'

/** The flavor, if the caller's project may use it; administrators see all. */
export function visibleFlavor(state: ComputeState, caller: Caller, id: string): FlavorRecord | undefined {
  return state.flavors.find(
    (one) => one.id === id && (one.isPublic || caller.isAdmin || one.access.includes(caller.projectId)),
  )
}

/** Found by id only: a name is 404. */
export function findFlavor({ state, caller, params }: ApiCall): FlavorRecord {
  const id = params[0] ?? ''
  const flavor = visibleFlavor(state, caller, id)
  if (!flavor) throw new HttpError(404, `Flavor ${id} could not be found.`)
  return flavor
}

export function listFlavors(call: ApiCall, detailed: boolean): Reply {
  const { state, caller, query } = call
  onlyQuery(call, 75, ['is_public', 'minRam', 'minDisk', ...(call.minor >= 102 ? ['name'] : [])])
  const wanted = isPublicFilter(call)
  const least = (name: string) => {
    const value = query.get(name)
    if (value !== null && !/^-?\d+$/.test(value)) throw new HttpError(400, `Invalid ${name} filter [${value}]`)
    return Number(value ?? 0)
  }
  const [minRam, minDisk] = [least('minRam'), least('minDisk')]
  const flavors = state.flavors
    .filter((one) =>
      caller.isAdmin
        ? wanted === null || one.isPublic === wanted
        : one.isPublic || one.access.includes(caller.projectId),
    )
    .filter((one) => one.ram >= minRam && one.disk >= minDisk)
    .filter(({ name }) => call.minor < 102 || !query.has('name') || name === query.get('name'))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const { items, links } = page(call, flavors, detailed ? 'flavors/detail' : 'flavors', (id) => {
    return new HttpError(400, `marker [${id}] not found`)
  })
  const shown = items.map((one) => (detailed ? flavorView(call, one) : flavorSummary(call, one)))
  return { status: 200, body: { flavors: shown, ...(links && { flavors_links: links }) } }
}

/** Administrators see public flavors unless they ask; null: all. */
function isPublicFilter({ query }: ApiCall): boolean | null {
  const text = query.get('is_public')?.toLowerCase()
  if (text === undefined) return true
  if (text === 'none' || text === '') return null
  if (['1', 't', 'true', 'on', 'y', 'yes'].includes(text)) return true
  if (['0', 'f', 'false', 'off', 'n', 'no'].includes(text)) return false
  throw new HttpError(400, `Invalid is_public filter [${text}]`)
}

export function showFlavor(call: ApiCall): Reply {
  return { status: 200, body: { flavor: flavorView(call, findFlavor(call)) } }
}

const CREATE_KEYS = ['name', 'id', 'ram', 'vcpus', 'disk', 'OS-FLV-EXT-DATA:ephemeral', 'swap']

export function createFlavor(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-flavor-manage:create')
  const flavor = parse(call)
  const { flavors } = call.state
  if (flavors.some(({ name }) => name === flavor.name)) {
    throw new HttpError(409, `Flavor with name ${flavor.name} already exists.`)
  }
  if (flavors.some(({ id }) => id === flavor.id)) {
    throw new HttpError(409, `Flavor with ID ${flavor.id} already exists.`)
  }
  flavors.push(flavor)
  return { status: 200, body: { flavor: flavorView(call, flavor) } }
}

function parse(call: ApiCall): FlavorRecord {
  const { state, minor } = call
  const body = bodyOf(call, 'flavor')
  const others = ['os-flavor-access:is_public', ...(minor < 102 ? ['rxtx_factor'] : [])]
  onlyKeys(body, 'flavor', [...CREATE_KEYS, ...others, ...(minor >= 55 ? ['description'] : [])])
  const { id } = body
  if (id !== undefined && id !== null && !/^(?! )[a-zA-Z0-9. _-]{1,255}(?<! )$/.test(String(id))) {
    throw invalid('id', id)
  }
  const isPublic = body['os-flavor-access:is_public'] ?? true
  if (typeof isPublic !== 'boolean') throw invalid('os-flavor-access:is_public', isPublic)
  const { description = null } = body
  return {
    ...{ number: nextNumber(state), id: id ? String(id) : nextId(state), name: text(body['name'], 'name').trim() },
    vcpus: integer(body['vcpus'], 'vcpus', 1),
    ram: integer(body['ram'], 'ram', 1),
    disk: integer(body['disk'], 'disk', 0),
    ephemeral: integer(body['OS-FLV-EXT-DATA:ephemeral'] ?? 0, 'OS-FLV-EXT-DATA:ephemeral', 0),
    swap: integer(body['swap'] ?? 0, 'swap', 0),
    rxtxFactor: Number(body['rxtx_factor'] ?? 1),
    ...{ isPublic, extraSpecs: {}, access: [] },
    description: description === null ? null : text(description, 'description', { least: 0, most: 65_535 }),
  }
}

/** Only the description can be changed. */
export function updateFlavor(call: ApiCall): Reply {
  if (call.minor < 55) throw new HttpError(404, 'The resource could not be found.')
  requireAdmin(call.caller, 'os-flavor-manage:update')
  const { description = undefined } = bodyOf(call, 'flavor')
  onlyKeys(bodyOf(call, 'flavor'), 'flavor', ['description'])
  const flavor = findFlavor(call)
  flavor.description = description === null ? null : text(description, 'description', { least: 0, most: 65_535 })
  return { status: 200, body: { flavor: flavorView(call, flavor) } }
}

/** Servers keep their copy of it. */
export function deleteFlavor(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-flavor-manage:delete')
  const { number } = findFlavor(call)
  call.state.flavors = call.state.flavors.filter((one) => one.number !== number)
  return { status: 202 }
}
