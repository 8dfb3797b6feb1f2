import { afterAll, beforeAll } from 'vitest'
import { type Answer, type Client, type Session, signIn, type Target, type UserName } from './target.ts'

/** `owner` is the administrator, signed in to the servers' own project. */
export type Actor = UserName | 'owner'

// biome-ignore lint/suspicious/noExplicitAny: a server as Nova shows it
export type ShownServer = any

interface Options {
  readonly by?: Actor
  readonly version?: string
}

const VERSION = '2.96'
/** Real hosts under load take their time. */
const LONGEST_WAIT = 90_000
const POLL = 150

/** What every test of servers needs: four actors, an image, two flavors, servers that are removed at the end. */
export class ComputeBench {
  readonly target: Target
  readonly sessions: Record<Actor, Session>
  readonly small = crypto.randomUUID()
  readonly large = crypto.randomUUID()
  readonly #servers: string[] = []
  readonly #flavors: string[] = []
  #image = ''

  constructor(target: Target, sessions: Record<Actor, Session>) {
    this.target = target
    this.sessions = sessions
  }

  async prepare(): Promise<void> {
    await this.flavor({ id: this.small })
    await this.flavor({ id: this.large, vcpus: 2, ram: 128 })
    const images = this.sessions.demo.service('image')
    const fields = { name: 'compute-contract', disk_format: 'raw', container_format: 'bare' }
    const image = (await images.post('/v2/images', fields)).json.id
    const headers = { 'content-type': 'application/octet-stream' }
    await images.put(`/v2/images/${image}/file`, { body: 'contract', headers })
    this.#image = image
  }

  get image(): string {
    return this.#image
  }

  request(
    method: string,
    path: string,
    json?: unknown,
    { by = 'demo', version = VERSION }: Options = {},
  ): Promise<Answer> {
    const headers = { 'openstack-api-version': `compute ${version}` }
    const client: Client = this.sessions[by].service('compute')
    return client.request(method, path, { headers, ...(json !== undefined && { json }) })
  }

  get(path: string, options?: Options): Promise<Answer> {
    return this.request('GET', path, undefined, options)
  }

  post(path: string, json: unknown, options?: Options): Promise<Answer> {
    return this.request('POST', path, json, options)
  }

  put(path: string, json: unknown, options?: Options): Promise<Answer> {
    return this.request('PUT', path, json, options)
  }

  delete(path: string, options?: Options): Promise<Answer> {
    return this.request('DELETE', path, undefined, options)
  }

  /** A new flavor, by the administrator; returns its id. */
  async flavor(fields: { id?: string; vcpus?: number; ram?: number; disk?: number }): Promise<string> {
    const id = fields.id ?? crypto.randomUUID()
    const flavor = { name: `contract-${id}`, vcpus: 1, ram: 64, disk: 1, ...fields, id }
    const answer = await this.post('/flavors', { flavor }, { by: 'admin' })
    if (answer.status !== 200) throw new Error(`no flavor: ${answer.status} ${answer.text}`)
    this.#flavors.push(id)
    return id
  }

  async create(fields: object = {}, options?: Options): Promise<Answer> {
    const server = { name: 'contract', flavorRef: this.small, imageRef: this.#image, networks: 'none', ...fields }
    const answer = await this.post('/servers', { server }, options)
    if (answer.status === 202) this.#servers.push(answer.json.server.id)
    return answer
  }

  /** The id of a server that runs, or did not come to run. */
  async boot(fields: object = {}): Promise<string> {
    const answer = await this.create(fields)
    if (answer.status !== 202) throw new Error(`not created: ${answer.status} ${answer.text}`)
    const { id } = answer.json.server
    await this.settled(id)
    return id
  }

  /** The server as the administrator sees it. */
  async show(id: string, options: Options = { by: 'admin' }): Promise<ShownServer> {
    const answer = await this.get(`/servers/${id}`, options)
    if (answer.status !== 200) throw new Error(`not shown: ${answer.status} ${answer.text}`)
    return answer.json.server
  }

  act(id: string, action: object, options?: Options): Promise<Answer> {
    return this.post(`/servers/${id}/action`, action, options)
  }

  /** Acts, and waits for what comes of it; returns the status of the answer. */
  async done(id: string, action: object, options?: Options): Promise<number> {
    const { status } = await this.act(id, action, options)
    await this.settled(id)
    return status
  }

  /** Waits until nothing is going on with the server; returns its status. */
  async settled(id: string): Promise<string> {
    const server = await this.until(
      () => this.show(id),
      ({ status, 'OS-EXT-STS:task_state': task }) => task === null && status !== 'BUILD',
    )
    return server.status
  }

  /** Looks again and again until it is as wanted. */
  async until<T>(look: () => Promise<T>, isWanted: (seen: T) => boolean): Promise<T> {
    let seen = await look()
    for (let waited = 0; waited < LONGEST_WAIT && !isWanted(seen); waited += POLL) {
      await this.target.elapse(POLL)
      seen = await look()
    }
    if (!isWanted(seen)) throw new Error(`not so in time; last seen: ${JSON.stringify(seen)}`)
    return seen
  }

  async removeAll(): Promise<void> {
    for (const id of this.#servers) await this.act(id, { forceDelete: null }, { by: 'admin' })
    for (const id of this.#servers) {
      await this.until(
        () => this.get(`/servers/${id}`, { by: 'admin' }),
        ({ status }) => status === 404,
      )
    }
    for (const id of this.#flavors) await this.delete(`/flavors/${id}`, { by: 'admin' })
    await this.sessions.demo.service('image').delete(`/v2/images/${this.#image}`)
  }
}

/** A bench for the tests of one `describe`; it exists while they run. */
export function computeBench(target: () => Target): () => ComputeBench {
  let bench: ComputeBench | undefined
  beforeAll(async () => {
    const { project_name: name } = target().users.demo
    const scope = { project: { name, domain: { name: 'Default' } } }
    const [admin, demo, reader, owner] = await Promise.all([
      signIn(target(), 'admin'),
      signIn(target(), 'demo'),
      signIn(target(), 'reader'),
      signIn(target(), 'admin', scope),
    ])
    bench = new ComputeBench(target(), { admin, demo, reader, owner })
    await bench.prepare()
  })
  afterAll(async () => {
    await bench?.removeAll()
  })
  return () => {
    if (!bench) throw new Error('not ready')
    return bench
  }
}

/** The message of Nova's error, whatever it calls it. */
export function novaMessage({ json }: Answer): string {
  const [fault] = Object.values((json ?? {}) as Record<string, { message?: string }>)
  return fault?.message ?? ''
}
