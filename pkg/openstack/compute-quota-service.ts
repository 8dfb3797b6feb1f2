import { ofQuotaRead, ofQuotaWrite } from './quota-errors.ts'
import { parseQuotaSet, type QuotaSet } from './quota-set.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

/** Limits of a project in Nova; -1 is unlimited, absent ones stay. */
export interface ComputeQuotaLimits {
  instances?: number
  cores?: number
  /** MiB. */
  ram?: number
}

/** Nova's quotas of projects. `ProjectInvalid` (InvalidSpec), `Forbidden` (Refused) of all. */
export class ComputeQuotaService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /** Limits and use as Nova counts it. Members may read their own project's. */
  async get(projectID: string, options: CallOptions = {}): Promise<QuotaSet> {
    const answer = await this.#api.call('GET', `${pathOf(projectID)}/detail`, ofQuotaRead, options)
    return parseQuotaSet(this.#api.read(answer, 'quota_set'))
  }

  /**
   * Sets limits; read them back: a cloud with unified limits says 200 and keeps its own. `QuotaBelowUse` (Refused)
   * unless `force`. Administrators only.
   */
  async update(
    projectID: string,
    limits: ComputeQuotaLimits,
    { force, ...options }: CallOptions & { force?: boolean } = {},
  ): Promise<void> {
    const json = { quota_set: { ...limits, ...(force === true ? { force } : {}) } }
    await this.#api.call('PUT', pathOf(projectID), ofQuotaWrite, { ...options, json, idempotent: true })
  }

  /** Takes the project's own limits away: the cloud's defaults hold. Administrators only. */
  async reset(projectID: string, options: CallOptions = {}): Promise<void> {
    await this.#api.call('DELETE', pathOf(projectID), ofQuotaRead, { ...options, idempotent: true })
  }
}

function pathOf(projectID: string): string {
  return `/os-quota-sets/${segment(projectID)}`
}
