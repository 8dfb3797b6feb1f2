import type { OpenStack } from '../lab/cloud/openstack.ts'
import { PlainClient } from './plain-client.ts'

/** Glance as a plain script talks to it, as the user `demo`. */
export class Glance implements AsyncDisposable {
  readonly #client: PlainClient

  private constructor(client: PlainClient) {
    this.#client = client
  }

  static async connect(cloud: OpenStack): Promise<Glance> {
    return new Glance(await PlainClient.connect(cloud, cloud.url('glance'), 'demo'))
  }

  get url(): string {
    return this.#client.url
  }

  get token(): string {
    return this.#client.token
  }

  /** Registers an image; its id. */
  async create(name: string): Promise<string> {
    const image = { name, disk_format: 'raw', container_format: 'bare', visibility: 'private' }
    return (JSON.parse(await this.#client.call('POST', '/v2/images', image)) as { id: string }).id
  }

  async put(id: string, body: Buffer): Promise<void> {
    await this.#client.call('PUT', `/v2/images/${id}/file`, body)
  }

  async remove(id: string): Promise<void> {
    await this.#client.call('DELETE', `/v2/images/${id}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
  }
}
