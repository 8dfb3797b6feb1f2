import { type Call, HttpError, type Reply, type Router, readBody } from '../http.ts'
import type { HostRecord } from './host.ts'
import type { Nova } from './nova.ts'
import { limitOf, useOf } from './quota.ts'
import { type ServerRecord, statusOf } from './server-record.ts'
import type { ComputeState } from './state.ts'

/**
 * Nova's part of `/_lab`: an independent look at what is really there, and what tests need to make it go wrong.
 *
 * - `GET /servers` (`?deleted=true`: deleted ones too), `GET /servers/{id}`: the records as Nova keeps them
 * - `GET /flavors`, `/key-pairs`, `/migrations`, `/actions`, `/allocations` (what Placement counts), `/hosts`, `/tasks`
 * - `GET /quota/{project}`: limits and use, counted anew from the servers
 * - `POST /hosts/{name}` with fields of `HostRecord`: `{"up": false}` is a dead host, what is sent to it waits
 * - `POST /compute/failures` `{"method": "spawn", "times": 1}`: the driver's next calls of this method fail
 * - `POST /compute/settings`: `{"delays": {"spawn": 10000}, "reclaimSeconds": 0}`, in milliseconds by type of task
 */
export function novaDoors(router: Router, nova: Nova): void {
  const list = (path: string, of: (state: ComputeState) => readonly object[]) =>
    router.on('GET', `/${path}`, () => ({ status: 200, body: { [path]: of(nova.settle()) } }))
  list('flavors', ({ flavors }) => flavors)
  list('key-pairs', ({ keyPairs }) => keyPairs)
  list('migrations', ({ migrations }) => migrations)
  list('actions', ({ actions }) => actions)
  list('allocations', ({ allocations }) => allocations)
  list('hosts', ({ hosts }) => hosts)
  list('tasks', ({ tasks }) => tasks)
  router
    .on('GET', '/servers', ({ query }) => {
      const all = Object.values(nova.settle().servers)
      const servers = all.filter(({ vmState }) => query.has('deleted') || vmState !== 'deleted')
      return { status: 200, body: { servers: servers.map(view) } }
    })
    .on('GET', '/servers/{}', ({ params }) => {
      const server = nova.settle().servers[params[0] ?? '']
      if (!server) throw new HttpError(404, 'no such server')
      return { status: 200, body: view(server) }
    })
    .on('GET', '/quota/{}', ({ params }) => quota(nova.settle(), params[0] ?? ''))
    .on('POST', '/hosts/{}', (call) => setHost(nova, call))
    .on('POST', '/compute/failures', async (call) => {
      const { method, times = 1 } = await json<{ method: string; times?: number }>(call)
      nova.settle().failures.push(...Array<string>(times).fill(method))
      return { status: 204 }
    })
    .on('POST', '/compute/settings', async (call) => {
      Object.assign(nova.settle().settings, await json(call))
      return { status: 204 }
    })
}

function view(server: ServerRecord): object {
  return { ...server, status: statusOf(server) }
}

function quota(state: ComputeState, project: string): Reply {
  const used = useOf(state, project)
  const limits = Object.fromEntries(Object.keys(used).map((name) => [name, limitOf(state, project, name)]))
  return { status: 200, body: { used, limits } }
}

async function setHost(nova: Nova, call: Call): Promise<Reply> {
  const changes = await json<Partial<HostRecord>>(call)
  const state = nova.settle()
  const host = state.hosts.find(({ name }) => name === call.params[0])
  if (!host) throw new HttpError(404, 'no such host')
  Object.assign(host, changes)
  // What waited for a host begins when it is back.
  state.tasks = state.tasks.map((task) => ({ ...task, dueAt: Math.max(task.dueAt, state.now) }))
  return { status: 204 }
}

async function json<T>(call: Call): Promise<T> {
  return JSON.parse((await readBody(call)).toString() || '{}') as T
}
