import type { Cloud } from './cloud.ts'
import type { FaultAction, FaultRule } from './faults.ts'
import { type Call, HttpError, type Reply, Router, readBody, type Service } from './http.ts'
import { imageJson, type StoredImage } from './image.ts'
import { novaDoors } from './nova/doors.ts'

/** A fault rule as JSON; `path` is the source of a regular expression. */
interface FaultRequest {
  readonly match?: { service?: string; method?: string; path?: string; user?: string }
  readonly skip?: number
  /** 0: for ever. */
  readonly times?: number
  readonly action: FaultAction
}

/** `/_lab`: lets tests in another process drive and look into the cloud. No part of OpenStack, no token needed. */
export class Lab implements Service {
  readonly name = '_lab'
  readonly #cloud: Cloud
  readonly #router = new Router()

  constructor(cloud: Cloud) {
    this.#cloud = cloud
    this.#router
      .on('POST', '/faults', async (call) => this.#addFault(await json<FaultRequest>(call)))
      .on('DELETE', '/faults', () => done(cloud.faults.clear()))
      .on('GET', '/requests', (call) => this.#requests(call))
      .on('DELETE', '/requests', () => done(cloud.requests.clear()))
      .on('POST', '/seed', async (call) => ({ status: 200, body: { ids: cloud.seed((await count(call)) ?? 1) } }))
      .on('GET', '/images', () => ({ status: 200, body: { images: [...cloud.images.all()].map(view) } }))
      .on('GET', '/images/{}', (call) => ({ status: 200, body: view(this.#image(call)) }))
      .on('GET', '/images/{}/data-sha256', (call) => ({ status: 200, body: this.#image(call).contentSha256 ?? '' }))
      .on('POST', '/latency', async (call) => {
        cloud.latencyMs = (await milliseconds(call)) ?? 0
        return { status: 204 }
      })
      .on('POST', '/tokens/revoke', () => done(cloud.revokeTokens()))
      .on('POST', '/tokens/expire', async (call) =>
        done(cloud.expireTokens((await json<{ seconds: number }>(call)).seconds)),
      )
      .on('POST', '/password', async (call) => {
        const { user, password } = await json<{ user: string; password: string }>(call)
        return done(cloud.setPassword(user, password))
      })
      .on('GET', '/clouds.yaml', () => ({ status: 200, body: cloud.cloudsYaml() }))
    novaDoors(this.#router, cloud.nova)
  }

  async handle(call: Call): Promise<Reply> {
    try {
      return await this.#router.handle(call)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return { status: error.status, body: { message: error.message } }
    }
  }

  #addFault({ match, skip, times, action }: FaultRequest): Reply {
    const { path, ...others } = match ?? {}
    const rule: FaultRule = {
      match: { ...others, ...(path !== undefined && { path: new RegExp(path) }) },
      ...(skip !== undefined && { skip }),
      ...(times !== undefined && { times: times === 0 ? Number.POSITIVE_INFINITY : times }),
      action,
    }
    return done(this.#cloud.faults.add(rule))
  }

  #requests({ query }: Call): Reply {
    const path = query.get('path')
    const filter = Object.fromEntries([...query].filter(([key]) => ['service', 'method', 'user'].includes(key)))
    const requests = this.#cloud.requests.all({ ...filter, ...(path !== null && { path: new RegExp(path) }) })
    return { status: 200, body: { requests } }
  }

  #image(call: Call): StoredImage {
    const image = this.#cloud.images.get(call.params[0] ?? '')
    if (!image) throw new HttpError(404, 'no such image')
    return image
  }
}

function view(image: StoredImage): object {
  return { ...(JSON.parse(imageJson(image)) as object), contentSha256: image.contentSha256 }
}

function done(_effect: unknown): Reply {
  return { status: 204 }
}

async function json<T>(call: Call): Promise<T> {
  return JSON.parse((await readBody(call)).toString() || '{}') as T
}

async function count(call: Call): Promise<number | undefined> {
  return (await json<{ count?: number }>(call)).count
}

async function milliseconds(call: Call): Promise<number | undefined> {
  return (await json<{ milliseconds?: number }>(call)).milliseconds
}
