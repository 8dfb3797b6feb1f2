import { isSame } from '../collation.ts'
import type { Call } from '../http.ts'
import type { NetworkState, Standard } from './network-state.ts'
import { badRequest } from './neutron-errors.ts'
import { type Caller, isVisible, type Resource } from './resource.ts'

const STANDARD_FILTERS = ['id', 'project_id', 'tenant_id', 'description', 'revision_number', 'tags']
const CONTROLS = ['fields', 'limit', 'marker', 'sort_key', 'sort_dir', 'page_reverse']

type View = Record<string, unknown>

/** A list as Neutron answers it: what the caller sees, filtered, in pages, with the fields that were asked for. */
export function listReply<R extends Standard>(resource: Resource<R>, state: NetworkState, call: Call, caller: Caller) {
  const { query } = call
  const names = new Set([...query.keys()].filter((name) => !CONTROLS.includes(name)))
  const known = [...STANDARD_FILTERS, ...resource.filters]
  const invalid = [...names].filter((name) => !known.includes(name))
  if (invalid.length > 0) {
    throw badRequest(`[${invalid.map((name) => `'${name}'`).join(', ')}] is invalid attribute for filtering`)
  }
  const views = resource
    .rows(state)
    .filter((row) => isVisible(resource, state, row, caller))
    .map((row) => resource.view(state, row, caller) as View)
    .filter((view) => [...names].every((name) => matches(view[name], query.getAll(name))))
  const { page, next } = paged(sorted(views, query), query)
  const fields = query.getAll('fields')
  const shown = fields.length === 0 ? page : page.map((view) => pick(view, fields))
  const links = next && [{ rel: 'next', href: `${call.origin}/network${call.path}?${next}` }]
  return { [resource.plural]: shown, ...(links && { [`${resource.plural}_links`]: links }) }
}

/** Several values of one filter are alternatives; lists match by their elements, texts as in the database. */
function matches(value: unknown, wanted: readonly string[]): boolean {
  if (Array.isArray(value)) return wanted.some((text) => value.some((one) => matchesElement(one, text)))
  return wanted.some((text) =>
    typeof value === 'boolean' ? value === /^(true|1)$/i.test(text) : isSame(String(value ?? ''), text),
  )
}

/** `ip_address=10.0.0.1` of an address, the id of anything else. */
function matchesElement(element: unknown, text: string): boolean {
  if (typeof element !== 'object' || element === null) return String(element) === text
  const [name = '', value] = text.split('=')
  return (element as View)[name] === value
}

function sorted(views: View[], query: URLSearchParams): View[] {
  const key = query.get('sort_key') ?? 'id'
  const factor = query.get('sort_dir') === 'desc' ? -1 : 1
  const text = (view: View) => `${String(view[key])} ${String(view['id'])}`
  return views.toSorted((a, b) => (text(a) < text(b) ? -factor : factor))
}

function paged(views: View[], query: URLSearchParams): { page: View[]; next: URLSearchParams | undefined } {
  const limit = Number(query.get('limit') ?? 0) || views.length
  const marker = query.get('marker')
  const start = marker === null ? 0 : views.findIndex((view) => view['id'] === marker) + 1
  const page = views.slice(start, start + limit)
  if (start + limit >= views.length) return { page, next: undefined }
  const next = new URLSearchParams(query)
  next.set('marker', String(page.at(-1)?.['id']))
  return { page, next }
}

export function pick(view: View, fields: readonly string[]): View {
  return Object.fromEntries(fields.filter((name) => name in view).map((name) => [name, view[name]]))
}
