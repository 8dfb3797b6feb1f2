import { HttpError, type Reply } from '../../http.ts'
import { request } from '../api.ts'
import type { Caller } from '../caller.ts'
import { runTask } from '../run-task.ts'
import { act, type BegunAction, beginAction, finishAction } from '../server-actions.ts'
import { type ServerRecord, statusOf } from '../server-record.ts'
import { type ComputeState, newComputeState } from '../state.ts'
import { runnableTasks } from '../task.ts'

function caller(userId: string, projectId: string, isAdmin: boolean): Caller {
  return { userId, projectId, isAdmin, isMember: true, requestId: `req-${userId}-${projectId}` }
}

/** An administrator of another project than the servers'. */
export const ADMIN = caller('root', 'admin', true)
export const MEMBER = caller('anna', 'demo', false)

const SIZES = { small: [1, 512], large: [2, 1024], huge: [512, 1_048_576] } as const

/** Nova without HTTP and without time, with the flavors small, large and huge. */
export class Compute {
  readonly state: ComputeState = newComputeState()

  constructor() {
    for (const [id, [vcpus, ram]] of Object.entries(SIZES)) this.flavor(id, vcpus, ram)
  }

  flavor(id: string, vcpus: number, ram: number): Reply {
    return this.call('POST', '/flavors', { flavor: { id, name: id, vcpus, ram, disk: 1 } })
  }

  call(method: string, path: string, body?: unknown, by: Caller = ADMIN): Reply {
    return request({ state: this.state, caller: by }, method, path, body)
  }

  /** The id of a server that was accepted and not yet scheduled. */
  create(fields: object = {}): string {
    const imageRef = '11111111-1111-4111-8111-111111111111'
    const server = { name: 'pc', flavorRef: 'small', imageRef, networks: 'none', ...fields }
    const { body } = this.call('POST', '/servers', { server }, MEMBER)
    return (body as { server: { id: string } }).server.id
  }

  /** The id of a server that runs. */
  boot(fields: object = {}): string {
    const id = this.create(fields)
    this.settle()
    return id
  }

  act(serverId: string, body: object, by: Caller = ADMIN): Reply {
    return act({ state: this.state, caller: by, minor: 96, serverId, body })
  }

  begin(serverId: string, body: object, by: Caller = ADMIN): BegunAction {
    return beginAction({ state: this.state, caller: by, minor: 96, serverId, body })
  }

  finish(begun: BegunAction): Reply {
    return finishAction(this.state, begun)
  }

  /** Takes the pending steps, in their order, until `until` holds or none is left but the reclaiming of a server. */
  settle(until: () => boolean = () => false): void {
    for (;;) {
      const task = runnableTasks(this.state).find(({ type }) => type !== 'reclaim')
      if (!task || until()) return
      runTask(this.state, task.id)
    }
  }

  server(id: string): ServerRecord {
    const server = this.state.servers[id]
    if (!server) throw new Error(`no server ${id}`)
    return server
  }

  status(id: string): string {
    return statusOf(this.server(id))
  }
}

/** Status and message of a refusal; 200 where nothing was refused. */
export function refusal(call: () => unknown): readonly [status: number, message: string] {
  try {
    call()
    return [200, '']
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    return [error.status, error.message]
  }
}
