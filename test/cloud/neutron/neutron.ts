import { unauthorized } from '../api-errors.ts'
import { type Call, HttpError, type Reply, Router, readBody, type Service } from '../http.ts'
import { floatingIps } from './floating-ips.ts'
import type { NetworkState, Standard } from './network-state.ts'
import { networks, subnets } from './networks.ts'
import { badRequest, errorReply } from './neutron-errors.ts'
import { listReply, pick } from './neutron-list.ts'
import { ports } from './ports.ts'
import { type Caller, checkKnown, type Fields, find, findOwn, type Resource } from './resource.ts'
import { defaultGroup, securityGroupRules, securityGroups } from './security-groups.ts'

/** Neutron's API v2.0: networks, subnets, ports, security groups, floating ips. See test/contract. */
export class Neutron implements Service {
  readonly name = 'network'
  readonly state: NetworkState
  readonly #now: () => number
  readonly #router = new Router()

  constructor(state: NetworkState, now: () => number) {
    this.state = state
    this.#now = now
    this.#router.on('GET', '/', (call) => ({ status: 200, body: { versions: [version(call)] } }))
    this.#serve(networks)
    this.#serve(subnets)
    this.#serve(ports)
    this.#serve(securityGroups)
    this.#serve(securityGroupRules)
    this.#serve(floatingIps)
  }

  async handle(call: Call): Promise<Reply> {
    try {
      if (call.path !== '/' && !call.token) throw unauthorized(call)
      return await this.#router.handle(call)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      if (error.status === 401) {
        const { status, message, headers } = error
        return { status, headers, body: { error: { code: status, title: 'Unauthorized', message } } }
      }
      return { ...errorReply(error), headers: error.headers }
    }
  }

  #serve<R extends Standard>(resource: Resource<R>): void {
    const { singular } = resource
    const path = `/v2.0/${resource.plural.replaceAll('_', '-')}`
    const one = (call: Call) => call.params[0] ?? ''
    const reply = (status: number, row: R, caller: Caller, fields: readonly string[] = []): Reply => {
      const view = resource.view(this.state, row, caller) as Record<string, unknown>
      return { status, body: { [singular]: fields.length === 0 ? view : pick(view, fields) } }
    }
    this.#router
      .on('GET', path, (call) => ({
        status: 200,
        body: listReply(resource, this.state, call, this.#caller(call)),
      }))
      .on('POST', path, async (call) => {
        const caller = this.#caller(call)
        const fields = await body(call, singular)
        checkKnown(fields, resource.creatable)
        return reply(201, resource.create(this.state, fields, caller), caller)
      })
      .on('GET', `${path}/{}`, (call) => {
        const caller = this.#caller(call)
        return reply(200, find(resource, this.state, one(call), caller), caller, call.query.getAll('fields'))
      })
      .on('PUT', `${path}/{}`, async (call) => {
        const caller = this.#caller(call)
        const fields = await body(call, singular)
        const row = findOwn(resource, this.state, one(call), caller, 'update')
        checkKnown(fields, resource.updatable)
        resource.update(this.state, row, fields, caller)
        return reply(200, row, caller)
      })
      .on('DELETE', `${path}/{}`, (call) => {
        const caller = this.#caller(call)
        resource.remove(this.state, findOwn(resource, this.state, one(call), caller, 'delete'), caller)
        return { status: 204 }
      })
  }

  #caller({ token }: Call): Caller {
    const projectId = token?.project?.id ?? ''
    const roles = token?.roles ?? []
    const now = this.#now()
    defaultGroup(this.state, projectId, now)
    return { projectId, isAdmin: roles.includes('admin'), isMember: roles.includes('member'), now }
  }
}

async function body(call: Call, singular: string): Promise<Fields> {
  const content = (await readBody(call)).toString()
  try {
    const fields = (JSON.parse(content) as Record<string, Fields>)[singular]
    if (fields) return fields
  } catch {
    throw badRequest('Request body is not valid JSON.')
  }
  throw badRequest(`Unable to find '${singular}' in request body`)
}

function version(call: Call) {
  const links = [{ rel: 'self', href: `${call.origin}/network/v2.0/` }]
  return { id: 'v2.0', status: 'CURRENT', links }
}
