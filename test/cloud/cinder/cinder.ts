import { faultReply, unauthorized } from '../api-errors.ts'
import { type Call, HttpError, type Reply, Router, type Service } from '../http.ts'
import type { FindImage } from '../image-facts.ts'
import { negotiate } from '../microversion.ts'
import { serveQuotas } from './quota-api.ts'
import { serveVolumes } from './volume-api.ts'
import { type Quota, quotasOf } from './volume-quota.ts'
import { runDueTasks, type VolumeState } from './volume-state.ts'
import { NEWEST, OLDEST, versionView } from './volume-versions.ts'

/** A path may have the token's project after the version. */
const PROJECT = /^\/v3\/([0-9a-f]{32})(\/.*)$/

/** Cinder's volume API: volumes, types, quotas, limits. See test/contract. */
export class Cinder implements Service {
  readonly name = 'volume'
  readonly state: VolumeState
  readonly #now: () => number
  readonly #router = new Router()

  constructor(state: VolumeState, now: () => number, image: FindImage) {
    this.state = state
    this.#now = now
    this.#router
      .on('GET', '/', (call) => ({ status: 300, body: { versions: [versionView(call)] } }))
      .on('GET', '/v3', (call) => ({ status: 200, body: { versions: [versionView(call)] } }))
      .on('GET', '/v3/', (call) => ({ status: 200, body: { versions: [versionView(call)] } }))
      .on('GET', '/v3/limits', (call) => this.#limits(call))
    serveVolumes(this.#router, { state, now, image })
    serveQuotas(this.#router, state)
  }

  /** Unlike Nova's, the version document under /v3 needs a token. */
  async handle(call: Call): Promise<Reply> {
    const headers: Record<string, string> = { 'x-compute-request-id': call.requestId }
    try {
      if (call.path !== '/' && !call.token) throw unauthorized(call)
      negotiate(call, 'volume', OLDEST, NEWEST, headers)
      runDueTasks(this.state, this.#now())
      const reply = await this.#router.handle({ ...call, path: withoutProject(call) })
      return { ...reply, headers: { ...headers, ...reply.headers } }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return { ...faultReply(error), headers: { ...headers, ...error.headers } }
    }
  }

  #limits(call: Call): Reply {
    const quotas = quotasOf(this.state, call.token?.project?.id ?? '')
    const { limit: volumes, in_use: volumesUsed } = quotas['volumes'] as Quota
    const { limit: gigabytes, in_use: gigabytesUsed } = quotas['gigabytes'] as Quota
    const absolute = {
      ...{ maxTotalVolumes: volumes, maxTotalSnapshots: 10, maxTotalVolumeGigabytes: gigabytes },
      ...{ maxTotalBackups: 10, maxTotalBackupGigabytes: 1000, totalVolumesUsed: volumesUsed },
      ...{ totalGigabytesUsed: gigabytesUsed, totalSnapshotsUsed: 0, totalBackupsUsed: 0 },
      totalBackupGigabytesUsed: 0,
    }
    return { status: 200, body: { limits: { rate: [], absolute } } }
  }
}

function withoutProject(call: Call): string {
  const [, project, rest] = PROJECT.exec(call.path) ?? []
  if (rest === undefined) return call.path
  if (project !== call.token?.project?.id) throw new HttpError(400, 'Malformed request url')
  return `/v3${rest}`
}
