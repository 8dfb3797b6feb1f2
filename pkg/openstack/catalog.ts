import type { EndpointInterface } from './cloud-profile.ts'
import { OpenStackError } from './errors.ts'

/** One endpoint of Keystone's catalogue. */
export interface CatalogEndpoint {
  interface: string
  url: string
  region?: string
  region_id?: string
}

export interface CatalogService {
  type: string
  name?: string
  endpoints: CatalogEndpoint[]
}

/** Which endpoints of the catalogue are meant. */
export interface EndpointChoice {
  region?: string | undefined
  interface: EndpointInterface
}

/** Names under which catalogues carry the same service, the preferred one first (service-types-authority). */
const typeAliases: readonly (readonly string[])[] = [
  // The unversioned Cinder entry is new and may point anywhere; `volumev3` says what it is.
  ['block-storage', 'volumev3', 'block-store', 'volume'],
  ['image'],
  ['compute'],
  ['identity'],
  ['network'],
  ['placement'],
]

/** The official type of a service: `block-storage` for `volumev3`. */
export function officialType(type: string): string {
  return typeAliases.find((aliases) => aliases.includes(type))?.[0] ?? type
}

/** The service's endpoint in the catalogue, or `undefined` when it has none for this region and interface. */
export function findEndpoint(
  catalog: readonly CatalogService[],
  service: string,
  choice: EndpointChoice,
): string | undefined {
  const official = officialType(service)
  const names = typeAliases.find((aliases) => aliases[0] === official) ?? [service]
  for (const name of names) {
    const endpoints = catalog.filter((entry) => entry.type === name).flatMap((entry) => entry.endpoints)
    const found = endpoints.find((endpoint) => matches(endpoint, choice))
    if (found) return found.url
  }
  return undefined
}

/** As `findEndpoint`, but its absence is an error that says what there is. */
export function requireEndpoint(catalog: readonly CatalogService[], service: string, choice: EndpointChoice): string {
  const url = findEndpoint(catalog, service, choice)
  if (url !== undefined) return url
  const regions = [...new Set(catalog.flatMap((entry) => entry.endpoints.map(regionOf)))].filter(Boolean)
  const where = choice.region === undefined ? '' : ` in region "${choice.region}"`
  throw new OpenStackError(
    `the catalogue has no ${choice.interface} endpoint of type "${service}"${where}` +
      (regions.length === 0 ? '' : `; regions are: ${regions.join(', ')}`),
    // An administrator adds a service or a region sooner or later: not the object's fault alone.
    { class: 'Unavailable', code: 'NoEndpoint', service },
  )
}

/** Every official type that has an endpoint here, with it. */
export function listEndpoints(catalog: readonly CatalogService[], choice: EndpointChoice): Map<string, string> {
  const found = new Map<string, string>()
  for (const { type } of catalog) {
    const official = officialType(type)
    const url = findEndpoint(catalog, official, choice)
    if (url !== undefined) found.set(official, url)
  }
  return found
}

function matches(endpoint: CatalogEndpoint, choice: EndpointChoice): boolean {
  // Catalogues of Identity v2 heritage write `publicURL`.
  const kind = endpoint.interface.replace(/URL$/, '')
  return kind === choice.interface && (choice.region === undefined || regionOf(endpoint) === choice.region)
}

function regionOf(endpoint: CatalogEndpoint): string {
  return endpoint.region_id ?? endpoint.region ?? ''
}
