import { type Call, HttpError, type Reply, Router, type Service } from './http.ts'
import { type Microversion, negotiate } from './microversion.ts'
import { faultReply, unauthorized } from './nova.ts'

const OLDEST: Microversion = [3, 0]
const NEWEST: Microversion = [3, 71]

/** Cinder's volume API: versions and limits so far. */
export class Cinder implements Service {
  readonly name = 'volume'
  readonly limits: Record<string, number> = {
    maxTotalVolumes: 10,
    maxTotalSnapshots: 10,
    maxTotalVolumeGigabytes: 1000,
    maxTotalBackups: 10,
    maxTotalBackupGigabytes: 1000,
    totalVolumesUsed: 0,
    totalGigabytesUsed: 0,
    totalSnapshotsUsed: 0,
    totalBackupsUsed: 0,
    totalBackupGigabytesUsed: 0,
  }
  readonly #router = new Router()

  constructor() {
    const limits = () => ({ status: 200, body: { limits: { rate: [], absolute: this.limits } } })
    this.#router
      .on('GET', '/', (call) => ({ status: 300, body: { versions: [version(call)] } }))
      .on('GET', '/v3', (call) => ({ status: 200, body: { versions: [version(call)] } }))
      .on('GET', '/v3/', (call) => ({ status: 200, body: { versions: [version(call)] } }))
      .on('GET', '/v3/limits', limits)
      .on('GET', '/v3/{}/limits', (call) => {
        if (call.params[0] !== call.token?.project?.id) throw new HttpError(400, 'Malformed request url')
        return limits()
      })
  }

  /** Unlike Nova's, the version document under /v3 needs a token. */
  async handle(call: Call): Promise<Reply> {
    const headers: Record<string, string> = { 'x-compute-request-id': call.requestId }
    try {
      if (call.path !== '/' && !call.token) throw unauthorized(call)
      negotiate(call, 'volume', OLDEST, NEWEST, headers)
      const reply = await this.#router.handle(call)
      return { ...reply, headers: { ...headers, ...reply.headers } }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return { ...faultReply(error), headers: { ...headers, ...error.headers } }
    }
  }
}

function version(call: Call) {
  return {
    id: 'v3.0',
    status: 'CURRENT',
    version: NEWEST.join('.'),
    min_version: OLDEST.join('.'),
    updated: '2023-08-31T00:00:00Z',
    links: [
      { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
      { rel: 'self', href: `${call.origin}/volume/v3/` },
    ],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' }],
  }
}
