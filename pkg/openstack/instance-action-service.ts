import { ofComputeRead } from './compute-errors.ts'
import { type InstanceAction, parseInstanceAction } from './nova-instance-action.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

const listed = { least: '2.58', feature: 'times of changes of instance actions' }
const shown = { least: '2.51', best: '2.84', feature: 'events of instance actions' }

/** What was asked of servers, by whom, and how it went. Also of deleted servers. */
export class InstanceActionService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /** The server's actions, the latest first, without events; none where Nova knows no such server. */
  async ofServer(serverID: string, options: CallOptions = {}): Promise<InstanceAction[]> {
    const path = `/servers/${segment(serverID)}/os-instance-actions`
    const answer = await this.#api.find(path, ofComputeRead, { ...options, wish: listed })
    return answer === undefined ? [] : this.#api.readList(answer, 'instanceActions').map(parseInstanceAction)
  }

  /** One action with its events; `undefined` where there is none of that request id (yet). */
  async get(serverID: string, requestId: string, options: CallOptions = {}): Promise<InstanceAction | undefined> {
    const path = `/servers/${segment(serverID)}/os-instance-actions/${segment(requestId)}`
    const answer = await this.#api.find(path, ofComputeRead, { ...options, wish: shown })
    return answer && parseInstanceAction(this.#api.read(answer, 'instanceAction'))
  }
}
