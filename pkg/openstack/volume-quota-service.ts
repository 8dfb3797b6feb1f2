import { ofQuotaRead, ofQuotaWrite } from './quota-errors.ts'
import { parseQuotaSet, type QuotaSet } from './quota-set.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

/** Limits of a project in Cinder; -1 is unlimited, absent ones stay. */
export interface VolumeQuotaLimits {
  volumes?: number
  /** GiB, of volumes and snapshots together. */
  gigabytes?: number
}

/**
 * Cinder's quotas of projects. It takes any text for a project and any limit, below use too: resolve the project in
 * Keystone first, compare with use before. `Forbidden` (Refused) of all.
 */
export class VolumeQuotaService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'block-storage')
  }

  /** Limits and use as Cinder counts it. Members may read their own project's. */
  async get(projectID: string, options: CallOptions = {}): Promise<QuotaSet> {
    const details = { ...options, query: { usage: true } }
    return parseQuotaSet(
      this.#api.read(await this.#api.call('GET', pathOf(projectID), ofQuotaRead, details), 'quota_set'),
    )
  }

  /** Sets limits; read them back. Administrators only. */
  async update(projectID: string, limits: VolumeQuotaLimits, options: CallOptions = {}): Promise<void> {
    const details = { ...options, json: { quota_set: limits }, idempotent: true }
    await this.#api.call('PUT', pathOf(projectID), ofQuotaWrite, details)
  }

  /** Takes the project's own limits away: the cloud's defaults hold. Administrators only. */
  async reset(projectID: string, options: CallOptions = {}): Promise<void> {
    await this.#api.call('DELETE', pathOf(projectID), ofQuotaRead, { ...options, idempotent: true })
  }
}

function pathOf(projectID: string): string {
  return `/os-quota-sets/${segment(projectID)}`
}
