import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { Agent, request } from 'undici'
import type { OpenStack } from '../lab/cloud/openstack.ts'

/** Glance as a plain script talks to it: one request for each thing, no retries, no checks but of the status. */
export class Glance implements AsyncDisposable {
  readonly url: string
  readonly token: string
  readonly #agent = new Agent({ connections: 16 })

  private constructor(url: string, token: string) {
    this.url = url
    this.token = token
  }

  /** Logs in as the user `demo`. */
  static async connect(cloud: OpenStack): Promise<Glance> {
    const { clouds } = load(readFileSync(cloud.cloudsYaml, 'utf8')) as {
      clouds: { demo: { auth: Record<string, string> } }
    }
    const { username, password, project_name } = clouds.demo.auth
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
    return new Glance(cloud.url('glance'), token)
  }

  /** Registers an image; its id. */
  async create(name: string): Promise<string> {
    const body = JSON.stringify({ name, disk_format: 'raw', container_format: 'bare', visibility: 'private' })
    const text = await this.#call('POST', '/v2/images', { body, type: 'application/json' })
    return (JSON.parse(text) as { id: string }).id
  }

  async put(id: string, body: Buffer): Promise<void> {
    await this.#call('PUT', `/v2/images/${id}/file`, { body, type: 'application/octet-stream' })
  }

  async remove(id: string): Promise<void> {
    await this.#call('DELETE', `/v2/images/${id}`)
  }

  async #call(method: 'POST' | 'PUT' | 'DELETE', path: string, content?: { body: string | Buffer; type: string }) {
    const { statusCode, body } = await request(`${this.url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { 'x-auth-token': this.token, ...(content && { 'content-type': content.type }) },
      body: content?.body ?? null,
    })
    const text = await body.text()
    if (statusCode < 300) return text
    throw new Error(`Glance answers ${statusCode} to ${method} ${path}: ${text}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }
}
