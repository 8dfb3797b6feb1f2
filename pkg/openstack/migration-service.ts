import { ofComputeRead } from './compute-errors.ts'
import type { Classify } from './errors.ts'
import { type NovaMigration, parseNovaMigration } from './nova-migration.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi } from './service-api.ts'

const listed = { least: '2.59', feature: 'migrations with ids' }

const ofMigrations: Classify = (status, text) => {
  if (status === 403) {
    const message = `the credential may not see migrations (os_compute_api:os-migrations:index): ${text}`
    return { class: 'Refused', code: 'MigrationsForbidden', message }
  }
  return ofComputeRead(status, text)
}

/** Nova's records of resizes and migrations. */
export class MigrationService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /** The server's migrations, the latest first. `MigrationsForbidden` (Refused): by default only administrators may. */
  async ofServer(serverID: string, options: CallOptions = {}): Promise<NovaMigration[]> {
    const query = { instance_uuid: serverID }
    const answer = await this.#api.call('GET', '/os-migrations', ofMigrations, { ...options, query, wish: listed })
    return this.#api.readList(answer, 'migrations').map(parseNovaMigration)
  }
}
