import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { Agent, request } from 'undici'
import type { OpenStack } from '../lab/cloud/openstack.ts'

/** What is sent: bytes, or anything that becomes JSON. */
type Content = Buffer | object

/** A service as a plain script talks to it: one token, keep-alive, no retries, no checks but of the status. */
export class PlainClient implements AsyncDisposable {
  readonly url: string
  readonly token: string
  readonly #agent = new Agent({ connections: 16 })

  private constructor(url: string, token: string) {
    this.url = url
    this.token = token
  }

  /** Logs in as a user of clouds.yaml. `url`: of the service. */
  static async connect(cloud: OpenStack, url: string, user: 'admin' | 'demo'): Promise<PlainClient> {
    const { clouds } = load(readFileSync(cloud.cloudsYaml, 'utf8')) as {
      clouds: Record<string, { auth: Record<string, string> }>
    }
    const { username, password, project_name } = clouds[user]?.auth ?? {}
    const domain = { name: 'Default' }
    const identity = { methods: ['password'], password: { user: { name: username, password, domain } } }
    const answer = await request(`${cloud.authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity, scope: { project: { name: project_name, domain } } } }),
    })
    await answer.body.dump()
    const token = answer.headers['x-subject-token']
    if (typeof token !== 'string') throw new Error(`Keystone answers ${answer.statusCode} and no token`)
    return new PlainClient(url, token)
  }

  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    content?: Content,
    headers: Record<string, string> = {},
  ) {
    const isBytes = content instanceof Buffer
    const type = { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }
    const { statusCode, body } = await request(`${this.url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { 'x-auth-token': this.token, ...(content && type), ...headers },
      body: content === undefined || isBytes ? (content ?? null) : JSON.stringify(content),
    })
    const text = await body.text()
    if (statusCode < 300) return text
    throw new Error(`${this.url} answers ${statusCode} to ${method} ${path}: ${text}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }
}
