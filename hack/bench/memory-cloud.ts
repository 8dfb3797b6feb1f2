import { join } from 'node:path'
import { request } from 'undici'
import type { LoggedRequest } from '../../test/cloud/cloud.ts'
import { harnessDirectory } from '../lab/harness.ts'
import { freePorts } from '../lab/ports.ts'
import { ProcessSupervisor } from '../lab/processes.ts'

const program = join(import.meta.dirname, '../../test/cloud/main.ts')

export interface MemoryCloudOptions {
  latencyMs?: number
  /** So many are there from the start, called `seed-00000` and so on. */
  images?: number
  tokenSeconds?: number
  /** The most that a user may have. */
  keyPairs?: number
  /** Quotas and hosts that thousands of servers fit into. */
  roomy?: boolean
  /** How long a server takes to be built. */
  buildMs?: number
}

/** The in-memory cloud as a process of its own, driven through `/_lab`. */
export class MemoryCloud implements AsyncDisposable {
  readonly #supervisor: ProcessSupervisor
  readonly #url: string

  private constructor(supervisor: ProcessSupervisor, url: string) {
    this.#supervisor = supervisor
    this.#url = url
  }

  static async start(options: MemoryCloudOptions = {}) {
    const supervisor = new ProcessSupervisor(harnessDirectory('memory-cloud'), 'bound')
    const [port] = (await freePorts(1)) as [number]
    await supervisor.start({
      name: 'cloud',
      file: process.execPath,
      args: [
        ...[program, `--port=${port}`, `--latency-ms=${options.latencyMs ?? 0}`],
        ...[`--seed-images=${options.images ?? 0}`, `--token-seconds=${options.tokenSeconds ?? 86_400}`],
        ...[`--key-pairs=${options.keyPairs ?? 100}`, `--build-ms=${options.buildMs ?? 0}`],
        ...(options.roomy ? ['--roomy'] : []),
      ],
    })
    const cloud = new MemoryCloud(supervisor, `http://127.0.0.1:${port}`)
    await supervisor.until('the cloud', async () => (await cloud.requests()).length >= 0, { needs: ['cloud'] })
    return cloud
  }

  async cloudsYaml(): Promise<string> {
    return await (await this.#lab('GET', '/clouds.yaml')).text()
  }

  /** What was asked of it since the last `forgetRequests`, but by us. */
  async requests(): Promise<LoggedRequest[]> {
    const { requests } = (await (await this.#lab('GET', '/requests')).json()) as { requests: LoggedRequest[] }
    return requests.filter(({ service }) => service !== '_lab')
  }

  async forgetRequests(): Promise<void> {
    await (await this.#lab('DELETE', '/requests')).dump()
  }

  async #lab(method: 'GET' | 'DELETE', path: string) {
    const { statusCode, body } = await request(`${this.#url}/_lab${path}`, { method })
    if (statusCode < 300) return body
    throw new Error(`the cloud answers ${statusCode} to ${method} ${path}: ${await body.text()}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.stopAll({ now: true })
  }
}
