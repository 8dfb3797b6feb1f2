import { AnswerFields } from './answer-fields.ts'
import { ofComputeRead } from './compute-errors.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi } from './service-api.ts'

/** A server group (affinity, anti-affinity) of the project. */
export interface ServerGroup {
  id: string
  /** Not unique. */
  name: string
}

/** Nova's server groups, as far as new servers refer to them. */
export class ServerGroupService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /** The project's groups: the first 1,000, which is Nova's page and far above any quota of them. */
  async list(options: CallOptions = {}): Promise<ServerGroup[]> {
    const answer = await this.#api.call('GET', '/os-server-groups', ofComputeRead, options)
    return this.#api.readList(answer, 'server_groups').map((entry) => {
      const fields = new AnswerFields(entry)
      return { id: fields.required('id', 'compute', 'a server group'), name: fields.text('name') ?? '' }
    })
  }
}
