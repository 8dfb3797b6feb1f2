import { afterEach, beforeEach } from 'vitest'
import { KubeClient } from '../../kube/client.ts'
import { type Connection, plainConnection } from '../../kube/connection.ts'
import { FakeApiServer } from '../../kube/testing/fake-api-server.ts'
import { type CommandLineOptions, commandLine, type Outcome } from './command-line.ts'

/** An API server in memory for each test, and command lines that talk to it. */
export class FakeCluster {
  readonly namespace = 'desktops'
  server!: FakeApiServer
  client!: KubeClient
  #connection!: Connection

  constructor() {
    beforeEach(async () => {
      this.server = new FakeApiServer()
      await this.server.start()
      this.#connection = plainConnection({ server: this.server.url })
      this.client = new KubeClient({ connection: this.#connection })
    })
    afterEach(async () => {
      await this.#connection.close()
      await this.server.stop()
    })
  }

  /** `kubectl auxo <argv>` in the namespace. */
  async auxo(argv: readonly string[], options: CommandLineOptions = {}): Promise<Outcome> {
    return await commandLine([...argv, '-n', this.namespace], { server: this.server.url, ...options })
  }
}
