import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { harnessDirectory } from '../lab/harness.ts'
import { freePorts } from '../lab/ports.ts'
import { ProcessSupervisor } from '../lab/processes.ts'
import type { BenchContext } from './bench.ts'
import { processorSeconds } from './processor.ts'

const root = join(import.meta.dirname, '../..')

export interface OperatorSettings {
  kubeconfig: string
  /** Added to the command line. */
  flags?: readonly string[]
}

/** A sample of the operator's metrics: `name{labels}` to value. */
export type Sample = ReadonlyMap<string, number>

/** The operator as a process of its own, as in production. */
export class Operator implements AsyncDisposable {
  readonly #supervisor: ProcessSupervisor
  readonly #metricsPort: number
  readonly pid: number
  /** `performance.now()` of the moment before the process was started. */
  readonly startedAt: number

  private constructor(supervisor: ProcessSupervisor, pid: number, metricsPort: number, startedAt: number) {
    this.#supervisor = supervisor
    this.pid = pid
    this.#metricsPort = metricsPort
    this.startedAt = startedAt
  }

  /** Starts it; resolves when the process runs, long before it is ready. */
  static async start({ kubeconfig, flags = [] }: OperatorSettings, context: BenchContext): Promise<Operator> {
    const supervisor = new ProcessSupervisor(harnessDirectory('operator'), 'bound')
    const [metricsPort] = (await freePorts(1)) as [number]
    const { profileDirectory } = context
    const profile = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`]
    const startedAt = performance.now()
    const { pid } = await supervisor.start({
      name: 'operator',
      file: process.execPath,
      args: [
        ...[...profile, ...entrypoint(), `--kubeconfig=${kubeconfig}`, `--metrics-address=127.0.0.1:${metricsPort}`],
        ...['--upload-address=127.0.0.1:0', '--allow-addresses=127.0.0.0/8', ...flags],
      ],
      cwd: root,
      env: { NODE_ENV: 'production' },
    })
    return new Operator(supervisor, pid, metricsPort, startedAt)
  }

  async metrics(): Promise<Sample> {
    const { body } = await request(`http://127.0.0.1:${this.#metricsPort}/metrics`)
    const lines = (await body.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(lines.map((line) => cut(line, line.lastIndexOf(' '))))
  }

  /** Waits for the metrics to be as wanted; they are there as soon as the process listens. */
  async until(what: string, probe: (sample: Sample) => boolean, intervalMs = 50): Promise<void> {
    const answers = async () => probe(await this.metrics())
    await this.#supervisor.until(what, answers, { needs: ['operator'], intervalMs, timeoutMs: 600_000 })
  }

  /** Resident memory of the process in MiB: now, and the most it ever was. */
  memory(): { now: number; most: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    const mebibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
    return { now: mebibytes('VmRSS'), most: mebibytes('VmHWM') }
  }

  /** Seconds of processor time that the process has used. */
  processorSeconds(): number {
    return processorSeconds([this.pid])
  }

  /** The failures in its log, by code: what went wrong and was tried again. */
  failures(): string {
    const counts = new Map<string, number>()
    for (const line of this.#supervisor.logTail('operator', 10_000).split('\n')) {
      const { class: failureClass, code, msg } = entryOf(line)
      if (failureClass === undefined) continue
      const key = `${failureClass} ${code} (${msg})`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return [...counts].map(([key, count]) => `${count} × ${key}`).join(', ') || 'none'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.stopAll()
  }
}

/** The sum of all samples of a metric whose labels have all of `labels`. */
export function sum(sample: Sample, name: string, ...labels: readonly string[]): number {
  let total = 0
  for (const [key, value] of sample) {
    if (key.split('{')[0] === name && labels.every((label) => key.includes(label))) total += value
  }
  return total
}

function cut(line: string, at: number): [string, number] {
  return [line.slice(0, at), Number(line.slice(at + 1))]
}

/** What the container image runs with node: its flags and the program. */
function entrypoint(): string[] {
  const line = /^ENTRYPOINT (.+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1] ?? '[]'
  return (JSON.parse(line) as string[]).slice(1)
}

/** A line of the log; what is no JSON (a crash) is an entry without fields. */
function entryOf(line: string): { class?: string; code?: string; msg?: string } {
  try {
    return JSON.parse(line) as { class?: string }
  } catch {
    return {}
  }
}
