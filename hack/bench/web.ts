import { join } from 'node:path'
import { request } from 'undici'
import { harnessDirectory } from '../lab/harness.ts'
import { freePorts } from '../lab/ports.ts'
import { ProcessSupervisor } from '../lab/processes.ts'

const program = join(import.meta.dirname, '../lab/www/serve.ts')

/** A web server as a process of its own. `${url}/bytes/SIZE` is that many bytes; see hack/lab/www/serve.ts. */
export class Web implements AsyncDisposable {
  readonly url: string
  readonly #supervisor: ProcessSupervisor

  private constructor(supervisor: ProcessSupervisor, url: string) {
    this.#supervisor = supervisor
    this.url = url
  }

  static async start(): Promise<Web> {
    const supervisor = new ProcessSupervisor(harnessDirectory('web'), 'bound')
    const [port] = (await freePorts(1)) as [number]
    const url = `http://127.0.0.1:${port}`
    await supervisor.start({ name: 'web', file: process.execPath, args: [program, `${port}`] })
    const answers = async () => (await request(`${url}/bytes/0`, { method: 'HEAD' })).statusCode === 200
    await supervisor.until(url, answers, { needs: ['web'] })
    return new Web(supervisor, url)
  }

  pids(): number[] {
    return this.#supervisor.pids()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.stopAll({ now: true })
  }
}
