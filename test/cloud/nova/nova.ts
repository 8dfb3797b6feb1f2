import { setTimeout as sleep } from 'node:timers/promises'
import { faultReply, unauthorized } from '../api-errors.ts'
import { type Call, HttpError, type Reply, Router, readBody, type Service } from '../http.ts'
import { type Microversion, negotiate } from '../microversion.ts'
import { answer } from './api.ts'
import type { ApiCall } from './api-call.ts'
import type { Caller } from './caller.ts'
import type { Neighbours } from './ports.ts'
import { runDueTasks } from './run-task.ts'
import { beginAction, finishAction } from './server-actions.ts'
import { type ComputeState, newComputeState } from './state.ts'

const OLDEST: Microversion = [2, 1]
const NEWEST: Microversion = [2, 104]

/**
 * Nova's compute API over HTTP: a thin layer over `ComputeState`. Every request first takes the steps that are due by
 * the cloud's clock; so nothing runs between requests, and no timer is left behind.
 */
export class Nova implements Service {
  readonly name = 'compute'
  readonly state: ComputeState
  readonly #now: () => number
  readonly #neighbours: () => Neighbours
  readonly #versions = new Router<Call, Reply>()
  /** Between the reading and the writing half of a server's action: requests that come so close race each other. */
  raceMilliseconds = 10

  constructor(now: () => number, neighbours: () => Neighbours) {
    this.#now = now
    this.#neighbours = neighbours
    this.state = newComputeState(crypto.randomUUID())
    this.#versions
      .on('GET', '/', (call) => ({ status: 200, body: { versions: versions(call) } }))
      .on('GET', '/v2.1', (call) => ({ status: 200, body: { version: version(call) } }))
      .on('GET', '/v2.1/', (call) => ({ status: 200, body: { version: version(call) } }))
  }

  /** Brings the state up to the clock. */
  settle(): ComputeState {
    this.state.now = this.#now()
    runDueTasks(this.state, this.#neighbours())
    return this.state
  }

  async handle(call: Call): Promise<Reply> {
    const headers: Record<string, string> = { 'x-compute-request-id': call.requestId }
    try {
      const isVersions = /^\/(v2\.1\/?)?$/.test(call.path)
      if (!isVersions && !call.token) throw unauthorized(call)
      const asked = call.headers['x-openstack-nova-api-version'] as string | undefined
      const [major, minor] = negotiate(call, 'compute', OLDEST, NEWEST, headers, asked)
      headers['x-openstack-nova-api-version'] = `${major}.${minor}`
      const reply = isVersions ? this.#versions.handle(call) : await this.#answer(call, minor)
      return { ...reply, headers: { ...headers, ...reply.headers } }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return { ...faultReply(error), headers: { ...headers, ...error.headers } }
    }
  }

  async #answer(call: Call, minor: number): Promise<Reply> {
    if (!call.path.startsWith('/v2.1/')) throw new HttpError(404, 'The resource could not be found.')
    const body = await jsonOf(call)
    const state = this.settle()
    const neighbours = this.#neighbours()
    const path = call.path.slice('/v2.1'.length)
    const rest = { body, minor, caller: callerOf(call), state, neighbours, base: `${call.origin}/compute/v2.1` }
    const api: ApiCall = { method: call.method, path, params: [], query: call.query, ...rest }
    const serverId = /^\/servers\/([^/]+)\/action$/.exec(path)?.[1]
    if (call.method !== 'POST' || serverId === undefined) return answer(api)
    const begun = beginAction({ ...api, serverId })
    await sleep(this.raceMilliseconds)
    // No steps in between: what others began at the same time must not be over before this one writes.
    state.now = this.#now()
    return finishAction(state, begun, neighbours)
  }
}

function callerOf({ token, requestId }: Call): Caller {
  const roles = token?.roles ?? []
  const [isAdmin, isMember] = [roles.includes('admin'), roles.includes('member')]
  return { userId: token?.user.id ?? '', projectId: token?.project?.id ?? '', isAdmin, isMember, requestId }
}

async function jsonOf(call: Call): Promise<unknown> {
  const bytes = await readBody(call)
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw new HttpError(400, 'Malformed request body')
  }
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
