import { afterAll, beforeAll } from 'vitest'
import { type Answer, type Client, type Session, signIn, type Target, type UserName } from './target.ts'

const JSON_PATCH = { 'content-type': 'application/openstack-images-v2.1-json-patch' }
const OCTETS = { 'content-type': 'application/octet-stream' }

// biome-ignore lint/suspicious/noExplicitAny: an image as Glance shows it
export type ShownImage = any

/** What every image test needs: clients of three users, images that are removed at the end. */
export class ImageBench {
  readonly target: Target
  readonly sessions: Record<UserName, Session>
  readonly #made: string[] = []

  constructor(target: Target, sessions: Record<UserName, Session>) {
    this.target = target
    this.sessions = sessions
  }

  client(user: UserName = 'demo'): Client {
    return this.sessions[user].service('image')
  }

  post(fields: object, user: UserName = 'demo'): Promise<Answer> {
    return this.client(user)
      .post('/v2/images', fields)
      .then((answer) => {
        if (answer.status === 201) this.#made.push(answer.json.id)
        return answer
      })
  }

  /** A new image that must be accepted; returns its id. */
  async make(fields: object = {}, user: UserName = 'demo'): Promise<string> {
    const answer = await this.post(fields, user)
    if (answer.status !== 201) throw new Error(`not created: ${answer.status} ${answer.text}`)
    return answer.json.id
  }

  /** A raw, bare image that waits for its data. */
  async makeRaw(fields: object = {}): Promise<string> {
    return await this.make({ name: 'contract', disk_format: 'raw', container_format: 'bare', ...fields })
  }

  async makeActive(data = 'hello', fields: object = {}): Promise<string> {
    const id = await this.makeRaw(fields)
    const answer = await this.upload(id, data)
    if (answer.status !== 204) throw new Error(`not uploaded: ${answer.status} ${answer.text}`)
    return id
  }

  async show(id: string, user: UserName = 'demo'): Promise<ShownImage> {
    const answer = await this.client(user).get(`/v2/images/${id}`)
    if (answer.status !== 200) throw new Error(`not shown: ${answer.status} ${answer.text}`)
    return answer.json
  }

  patch(id: string, changes: unknown, user: UserName = 'demo'): Promise<Answer> {
    const body = typeof changes === 'string' ? changes : JSON.stringify(changes)
    return this.client(user).request('PATCH', `/v2/images/${id}`, { headers: JSON_PATCH, body })
  }

  upload(
    id: string,
    body: string | Uint8Array<ArrayBuffer>,
    { user = 'demo', headers = {} }: { user?: UserName; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    return this.client(user).put(`/v2/images/${id}/file`, { body, headers: { ...OCTETS, ...headers } })
  }

  import(id: string, body: object, user: UserName = 'demo'): Promise<Answer> {
    return this.client(user).post(`/v2/images/${id}/import`, body)
  }

  async removeAll(): Promise<void> {
    const client = this.client('admin')
    for (const id of this.#made) {
      const { status } = await client.delete(`/v2/images/${id}`)
      if (status !== 403) continue
      await this.patch(id, [{ op: 'replace', path: '/protected', value: false }], 'admin')
      await client.delete(`/v2/images/${id}`)
    }
  }
}

/** A bench for the tests of one `describe`; it exists while they run. */
export function imageBench(target: () => Target): () => ImageBench {
  let bench: ImageBench | undefined
  beforeAll(async () => {
    const [admin, demo, reader] = await Promise.all([
      signIn(target(), 'admin'),
      signIn(target(), 'demo'),
      signIn(target(), 'reader'),
    ])
    bench = new ImageBench(target(), { admin, demo, reader })
  })
  afterAll(async () => {
    await bench?.removeAll()
  })
  return () => {
    if (!bench) throw new Error('not ready')
    return bench
  }
}

/** An id that no image has. */
export const UNKNOWN_ID = '11111111-1111-1111-1111-111111111111'
