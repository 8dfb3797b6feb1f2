import { join } from 'node:path'
import { freePorts } from '../../hack/lab/ports.ts'
import type { ProcessSupervisor } from '../../hack/lab/processes.ts'
import { root } from '../config/manifests.ts'

/** Flags by name without dashes: `{ 'watch-namespaces': 'a,b' }`. */
export type OperatorFlags = Readonly<Record<string, string>>

/** `node controllers/main.ts`: it can be stopped, killed and started again, as the same replica or as another one. */
export class OperatorProcess {
  readonly name: string
  readonly #processes: ProcessSupervisor
  readonly #flags: OperatorFlags
  /** Of metrics and of uploads. */
  #ports: number[] = []

  constructor(processes: ProcessSupervisor, name: string, flags: OperatorFlags) {
    this.#processes = processes
    this.name = name
    this.#flags = flags
  }

  /** `http://127.0.0.1:PORT`: metrics and health. */
  get url(): string {
    return `http://127.0.0.1:${this.#ports[0]}`
  }

  /** Where it takes uploads. */
  get uploadUrl(): string {
    return `http://127.0.0.1:${this.#ports[1]}`
  }

  get pid(): number | undefined {
    return this.#processes.records().find(({ name }) => name === this.name)?.pid
  }

  get isRunning(): boolean {
    return this.#processes.isRunning(this.name)
  }

  /** The log so far, with that of earlier lives: JSON lines. */
  logTail(lines = 40): string {
    return this.#processes.logTail(this.name, lines)
  }

  /**
   * Starts it; resolves when its caches are complete. A fixed identity lets a restarted operator take its own Leases
   * at once, where another replica would have to wait until they lapse.
   */
  async start(): Promise<void> {
    await this.launch()
    await this.#processes.until(`${this.name} is ready`, async () => (await fetch(`${this.url}/readyz`)).ok, {
      needs: [this.name],
      timeoutMs: 60_000,
      intervalMs: 25,
    })
  }

  /** Starts it and does not wait. */
  async launch(): Promise<void> {
    // The same ones in every life: clients come back to the address that they know.
    if (this.#ports.length === 0) this.#ports = await freePorts(2)
    const [metrics, upload] = this.#ports
    const flags = {
      'metrics-address': `127.0.0.1:${metrics}`,
      'upload-address': `127.0.0.1:${upload}`,
      'allow-addresses': '127.0.0.0/8',
      'lease-namespace': 'auxo-system',
      identity: this.name,
      ...this.#flags,
    }
    await this.#processes.start({
      name: this.name,
      file: process.execPath,
      args: [join(root, 'controllers/main.ts'), ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)],
      cwd: root,
      env: { NODE_COMPILE_CACHE: join(this.#processes.directory, 'compile-cache') },
      graceMs: 40_000,
    })
  }

  /** SIGTERM, and waits for the end. */
  async stop(): Promise<void> {
    await this.#processes.stop(this.name)
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#processes.kill(this.name)
  }

  signal(signal: NodeJS.Signals): void {
    this.#processes.signal(this.name, signal)
  }
}
