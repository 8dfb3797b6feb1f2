/** How an API's versions are laid out below its endpoint. */
const versionSegments: Readonly<Record<string, string>> = {
  image: '/v2',
  identity: '/v3',
  compute: '/v2.1',
  'block-storage': '/v3',
  network: '/v2.0',
}

/** A version segment at the end, with or without the project id that Cinder and old Nova put behind it. */
const versionAtEnd = /\/v\d+(\.\d+)?(\/[^/]+)?$/

/**
 * The address that paths are appended to: the catalogue's endpoint with its version, which is added where the catalogue
 * leaves it out (Glance, Neutron). `projectId` completes a bare Cinder endpoint of old (`…/v3` works since Train).
 */
export function versionedEndpoint(service: string, url: string): string {
  const trimmed = url.replace(/\/+$/, '')
  const segment = versionSegments[service]
  if (segment === undefined || versionAtEnd.test(trimmed)) return trimmed
  return `${trimmed}${segment}`
}

/** Where the version document of an endpoint is: the endpoint without project id, with a slash (Cinder redirects else). */
export function versionDocumentUrl(service: string, url: string): string {
  const versioned = versionedEndpoint(service, url)
  const match = /^(.*\/v\d+(?:\.\d+)?)(?:\/[^/]+)?$/.exec(versioned)
  // Glance and Neutron tell their versions only at their root.
  if (service === 'image' || service === 'network') return `${versioned.replace(versionAtEnd, '')}/`
  return `${match?.[1] ?? versioned}/`
}

/** What a service offers. */
export interface ServiceVersion {
  /** `v2.17`, `v2.1`. */
  version: string
  /** Range of microversions; absent for services without. */
  microversions?: { min: string; max: string }
}

interface VersionEntry {
  id?: unknown
  status?: unknown
  version?: unknown
  min_version?: unknown
  max_version?: unknown
}

/** Reads a version document: `{version}` or `{versions: […]}` (also Keystone's `{versions: {values: […]}}`). */
export function parseVersionDocument(service: string, body: unknown): ServiceVersion | undefined {
  const document = (body ?? {}) as { version?: VersionEntry; versions?: VersionEntry[] | { values?: VersionEntry[] } }
  const listed = Array.isArray(document.versions) ? document.versions : document.versions?.values
  const entries = document.version ? [document.version] : (listed ?? [])
  const entry = chooseVersion(service, entries)
  if (typeof entry?.id !== 'string') return undefined
  const max = nonEmpty(entry.version) ?? nonEmpty(entry.max_version)
  const min = nonEmpty(entry.min_version)
  return max && min ? { version: entry.id, microversions: { min, max } } : { version: entry.id }
}

function chooseVersion(service: string, entries: readonly VersionEntry[]): VersionEntry | undefined {
  const major = (versionSegments[service] ?? '/v').slice(1).split('.')[0] ?? 'v'
  const current = (entry: VersionEntry) => ['CURRENT', 'stable', 'current'].includes(String(entry.status))
  return (
    entries.find((entry) => current(entry) && String(entry.id).startsWith(major)) ?? entries.find(current) ?? entries[0]
  )
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
