import { afterAll, beforeAll } from 'vitest'
import { type Answer, type Client, type Session, signIn, type Target, type UserName } from './target.ts'

/** What every network test needs: clients of three users, the lab's networks, things that are removed at the end. */
export class NetworkBench {
  readonly sessions: Record<UserName, Session>
  readonly #made: string[] = []

  constructor(sessions: Record<UserName, Session>) {
    this.sessions = sessions
  }

  client(user: UserName = 'demo'): Client {
    return this.sessions[user].service('network')
  }

  get(path: string, user: UserName = 'demo'): Promise<Answer> {
    return this.client(user).get(`/v2.0${path}`)
  }

  /** `kind` as in a body: `security_group`. */
  async post(kind: string, fields: object, user: UserName = 'demo'): Promise<Answer> {
    const path = pathOf(kind)
    const answer = await this.client(user).post(path, { [kind]: fields })
    if (answer.status === 201) this.#made.push(`${path}/${answer.json[kind].id}`)
    return answer
  }

  put(kind: string, id: string, fields: object, user: UserName = 'demo'): Promise<Answer> {
    return this.client(user).put(`${pathOf(kind)}/${id}`, { json: { [kind]: fields } })
  }

  delete(kind: string, id: string, user: UserName = 'demo'): Promise<Answer> {
    return this.client(user).delete(`${pathOf(kind)}/${id}`)
  }

  /** A new thing that must be accepted. */
  // biome-ignore lint/suspicious/noExplicitAny: a thing as Neutron shows it
  async make(kind: string, fields: object, user: UserName = 'demo'): Promise<any> {
    const answer = await this.post(kind, fields, user)
    if (answer.status !== 201) throw new Error(`${kind} not created: ${answer.status} ${answer.text}`)
    return answer.json[kind]
  }

  /** The id of one of the lab's networks: `desktops`, `shared`, `public`. */
  async network(name: string): Promise<string> {
    const { json } = await this.get(`/networks?name=${name}`)
    return json.networks[0].id
  }

  async removeAll(): Promise<void> {
    for (const path of this.#made.toReversed()) await this.client('admin').delete(path)
  }
}

function pathOf(kind: string): string {
  return `/v2.0/${kind.replaceAll('_', '-')}s`
}

/** A bench for the tests of one `describe`; it exists while they run. */
export function networkBench(target: () => Target): () => NetworkBench {
  let bench: NetworkBench | undefined
  beforeAll(async () => {
    const names = ['admin', 'demo', 'reader'] as const
    const [admin, demo, reader] = await Promise.all(names.map((name) => signIn(target(), name)))
    bench = new NetworkBench({ admin, demo, reader } as Record<UserName, Session>)
  })
  afterAll(async () => {
    await bench?.removeAll()
  })
  return () => {
    if (!bench) throw new Error('not ready')
    return bench
  }
}

/** Type and text of an error. */
export function errorOf({ status, json, text }: Answer): [status: number, type: string, message: string] {
  const error = json?.NeutronError
  return [status, error?.type, error?.message ?? text]
}
