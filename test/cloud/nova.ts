import { type Call, HttpError, REASONS, type Reply, Router, type Service } from './http.ts'
import { type Microversion, negotiate } from './microversion.ts'

const OLDEST: Microversion = [2, 1]
const NEWEST: Microversion = [2, 104]
/** Limits that a microversion took away. */
const GONE_SINCE: Readonly<Record<string, number>> = {
  maxTotalFloatingIps: 36,
  maxSecurityGroups: 36,
  maxSecurityGroupRules: 36,
  totalFloatingIpsUsed: 36,
  totalSecurityGroupsUsed: 36,
  maxImageMeta: 39,
  maxPersonality: 57,
  maxPersonalitySize: 57,
}

/** Nova's compute API: versions and limits so far. */
export class Nova implements Service {
  readonly name = 'compute'
  /** What `GET /limits` shows as absolute limits; a quota changes it. */
  readonly limits: Record<string, number> = {
    maxPersonality: 5,
    maxPersonalitySize: 10_240,
    maxImageMeta: 128,
    maxTotalFloatingIps: -1,
    maxSecurityGroups: -1,
    maxSecurityGroupRules: -1,
    totalFloatingIpsUsed: 0,
    totalSecurityGroupsUsed: 0,
    maxTotalCores: 20,
    maxTotalInstances: 10,
    maxTotalKeypairs: 100,
    maxServerMeta: 128,
    maxTotalRAMSize: 51_200,
    maxServerGroups: 10,
    maxServerGroupMembers: 10,
    totalRAMUsed: 0,
    totalCoresUsed: 0,
    totalInstancesUsed: 0,
    totalServerGroupsUsed: 0,
  }
  readonly #router = new Router()

  constructor() {
    this.#router
      .on('GET', '/', (call) => ({ status: 200, body: { versions: versions(call) } }))
      .on('GET', '/v2.1', (call) => ({ status: 200, body: { version: version(call) } }))
      .on('GET', '/v2.1/', (call) => ({ status: 200, body: { version: version(call) } }))
  }

  async handle(call: Call): Promise<Reply> {
    const headers: Record<string, string> = { 'x-compute-request-id': call.requestId }
    try {
      const isVersions = /^\/(v2\.1\/?)?$/.test(call.path)
      if (!isVersions && !call.token) throw unauthorized(call)
      const asked = call.headers['x-openstack-nova-api-version'] as string | undefined
      const [major, minor] = negotiate(call, 'compute', OLDEST, NEWEST, headers, asked)
      headers['x-openstack-nova-api-version'] = `${major}.${minor}`
      const isLimits = call.method === 'GET' && call.path === '/v2.1/limits'
      const reply = isLimits ? this.#limits(call, minor) : await this.#router.handle(call)
      return { ...reply, headers: { ...headers, ...reply.headers } }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return { ...faultReply(error), headers: { ...headers, ...error.headers } }
    }
  }

  #limits(call: Call, minor: number): Reply {
    const other = call.query.get('tenant_id')
    if (other && other !== call.token?.project?.id && !call.token?.roles.includes('admin')) {
      throw new HttpError(403, "Policy doesn't allow os_compute_api:limits:other_project to be performed.")
    }
    const shown = Object.entries(this.limits).filter(([name]) => minor < (GONE_SINCE[name] ?? Number.POSITIVE_INFINITY))
    return { status: 200, body: { limits: { rate: [], absolute: Object.fromEntries(shown) } } }
  }
}

export function unauthorized(call: Call): HttpError {
  return new HttpError(401, 'The request you have made requires authentication.', {
    'www-authenticate': `Keystone uri="${call.origin}/identity/v3"`,
  })
}

const FAULTS: Readonly<Record<number, string>> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  409: 'conflictingRequest',
  413: 'overLimit',
}

/** Errors as Nova and Cinder write them: an object under the fault's name. */
export function faultReply(error: HttpError): Reply {
  const { status, message } = error
  if (status === 401) return { status, body: { error: { code: status, title: REASONS[status], message } } }
  return { status, body: { [FAULTS[status] ?? 'computeFault']: { code: status, message } } }
}

function version(call: Call) {
  return {
    id: 'v2.1',
    status: 'CURRENT',
    version: NEWEST.join('.'),
    min_version: OLDEST.join('.'),
    updated: '2013-07-23T11:33:21Z',
    links: [
      { rel: 'self', href: `${call.origin}/compute/v2.1/` },
      { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' },
    ],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }],
  }
}

function versions(call: Call) {
  const { id, status, version: newest, min_version, updated, links } = version(call)
  const old = { id: 'v2.0', status: 'DEPRECATED', version: '', min_version: '', updated: '2025-07-04T12:00:00Z' }
  const oldLinks = [{ rel: 'self', href: `${call.origin}/compute/v2/` }]
  return [
    { ...old, links: oldLinks },
    { id, status, version: newest, min_version, updated, links: links.slice(0, 1) },
  ]
}
