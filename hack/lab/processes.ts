import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HARNESS_MARK, harness } from './harness.ts'
import { LabError } from './lab-error.ts'
import {
  isRunning,
  killUntilGone,
  type ProcessIdentity,
  processesInSessions,
  processesMarked,
  signalProcess,
  startTimeOf,
} from './process-table.ts'

/** `bound`: ends with the process that started it, however that ends. `kept`: outlives it, until it is stopped by name. */
export type Lifetime = 'bound' | 'kept'

/** How to run one process. */
export interface Command {
  /** Unique within the supervisor; also names the log file. */
  name: string
  file: string
  args: readonly string[]
  /** Added to this process's own environment. */
  env?: Record<string, string> | undefined
  cwd?: string | undefined
  /** Signal that asks it to end. Default SIGTERM. */
  stopSignal?: NodeJS.Signals | undefined
  /** How long it may take to end before SIGKILL. Default 10 s. */
  graceMs?: number | undefined
}

/** A started process, as recorded on disk. */
export interface ProcessRecord extends ProcessIdentity {
  name: string
  log: string
  stopSignal: NodeJS.Signals
  graceMs: number
}

interface Ledger {
  id: string
  /** Pids and start times mean nothing after the next boot. */
  bootId: string
  processes: ProcessRecord[]
}

const PROCESS_MARK = 'AUXO_LAB_PROCESS'

/**
 * Starts, watches and stops processes, and never leaves one behind. Each process is the leader of its own session and
 * carries a mark that its descendants inherit: stopping it ends them all. The ledger in `directory` lets another
 * command take over: a supervisor opened on the same directory sees and stops the same processes.
 */
export class ProcessSupervisor {
  readonly directory: string
  readonly #lifetime: Lifetime
  readonly #ledgerFile: string
  readonly #ledger: Ledger

  constructor(directory: string, lifetime: Lifetime) {
    this.directory = directory
    this.#lifetime = lifetime
    this.#ledgerFile = join(directory, 'processes.json')
    mkdirSync(join(directory, 'log'), { recursive: true, mode: 0o700 })
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const ledger = existsSync(this.#ledgerFile) && (JSON.parse(readFileSync(this.#ledgerFile, 'utf8')) as Ledger)
    this.#ledger = ledger && ledger.bootId === bootId ? ledger : { id: randomUUID(), bootId, processes: [] }
    this.#save() // before the first start: what is started can then always be found by its mark
  }

  /** Starts a process; resolves once it runs. Its output goes to `log/NAME.log`. */
  async start(command: Command): Promise<ProcessRecord> {
    if (this.isRunning(command.name)) throw new LabError(`${command.name} is running already`, 'AlreadyRunning')
    const log = join(this.directory, 'log', `${command.name}.log`)
    const output = openSync(log, 'a', 0o600)
    const child = spawn(command.file, command.args, {
      cwd: command.cwd ?? this.directory,
      env: { ...process.env, ...command.env, ...this.#marks(command.name) },
      stdio: ['ignore', output, output],
      detached: true,
    })
    closeSync(output)
    child.unref()
    try {
      await once(child, 'spawn')
    } catch (error) {
      throw new LabError(`${command.name} could not be started from ${command.file}`, 'StartFailed', error)
    }
    const pid = child.pid as number
    const record: ProcessRecord = {
      name: command.name,
      pid,
      startTime: startTimeOf(pid) ?? 'ended',
      log,
      stopSignal: command.stopSignal ?? 'SIGTERM',
      graceMs: command.graceMs ?? 10_000,
    }
    this.#forget(command.name)
    this.#ledger.processes.push(record)
    this.#save()
    if (this.#lifetime === 'bound') harness().bind(record)
    return record
  }

  /** What was started and not stopped, in the order of starting; some of it may have ended by itself. */
  records(): readonly ProcessRecord[] {
    return this.#ledger.processes
  }

  isRunning(name: string): boolean {
    const record = this.#find(name)
    return record !== undefined && isRunning(record)
  }

  /** Pids of everything alive that the starts of one name, or of all, led to, descendants included. */
  pids(name?: string): number[] {
    return this.#descendants(name)()
  }

  /** Sends a signal to the process itself, for tests of outages: SIGSTOP, SIGCONT, SIGHUP. */
  signal(name: string, signal: NodeJS.Signals): void {
    const record = this.#find(name)
    if (record && this.isRunning(name)) signalProcess(record.pid, signal)
  }

  /** Asks the named processes to end, all at once, then kills what is left of them and of their descendants. */
  async stop(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#stop(name)))
  }

  /** SIGKILL, as a crash would look like. */
  async kill(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#kill(name, this.#descendants(name))))
  }

  /** Stops everything, last started first. `now` skips asking: for processes whose data is thrown away. */
  async stopAll({ now = false } = {}): Promise<void> {
    if (!now) for (const { name } of [...this.records()].reverse()) await this.#stop(name)
    if (!(await killUntilGone(this.#descendants()))) throw new LabError('some processes cannot be killed', 'StopFailed')
    this.#ledger.processes = []
    this.#save()
  }

  /** The last lines that a process wrote. */
  logTail(name: string, lines = 15): string {
    const log = join(this.directory, 'log', `${name}.log`)
    return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : ''
  }

  /**
   * Polls `probe` until it returns something other than undefined or false. A probe that throws counts as "not yet".
   * Fails early, with the end of the log, when one of `needs` is no longer running.
   */
  async until<T>(
    what: string,
    probe: () => T | Promise<T>,
    { needs = [], timeoutMs = 120_000, intervalMs = 50, signal }: UntilOptions = {},
  ): Promise<Exclude<T, undefined | false>> {
    const deadline = performance.now() + timeoutMs
    let last: unknown
    while (performance.now() < deadline) {
      signal?.throwIfAborted()
      try {
        const value = await probe()
        if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
      } catch (error) {
        last = error
      }
      const ended = needs.find((name) => !this.isRunning(name))
      if (ended)
        throw new LabError(`${ended} ended while waiting for ${what}:\n${this.logTail(ended)}`, 'ProcessEnded', last)
      await new Promise((resolve) => setTimeout(resolve, intervalMs))
    }
    const logs = needs.map((name) => `${name}:\n${this.logTail(name, 5)}`).join('\n')
    throw new LabError(`not within ${timeoutMs / 1000} s: ${what}\n${logs}`, 'Timeout', last)
  }

  async #stop(name: string): Promise<void> {
    const descendants = this.#descendants(name)
    const record = this.#find(name)
    if (record && isRunning(record)) {
      signalProcess(record.pid, record.stopSignal)
      const deadline = performance.now() + record.graceMs
      while (isRunning(record) && performance.now() < deadline) await new Promise((done) => setTimeout(done, 20))
    }
    await this.#kill(name, descendants)
  }

  async #kill(name: string, descendants: () => number[]): Promise<void> {
    if (!(await killUntilGone(descendants))) throw new LabError(`${name} cannot be killed`, 'StopFailed')
    this.#forget(name)
    this.#save()
  }

  /** A search for what the starts of one name, or of all, led to. Made before anything is ended: leaders must run. */
  #descendants(name?: string): () => number[] {
    const mark = name === undefined ? `${this.#ledger.id}/` : this.#mark(name)
    const isOurs = (value: string) => (name === undefined ? value.startsWith(mark) : value === mark)
    const leaders = this.records().filter((record) => (name ?? record.name) === record.name && isRunning(record))
    return () => [...new Set([...processesMarked(PROCESS_MARK, isOurs), ...processesInSessions(leaders)])]
  }

  #find(name: string): ProcessRecord | undefined {
    return this.#ledger.processes.find((record) => record.name === name)
  }

  #forget(name: string): void {
    this.#ledger.processes = this.#ledger.processes.filter((record) => record.name !== name)
  }

  #mark(name: string): string {
    return `${this.#ledger.id}/${name}`
  }

  #marks(name: string): Record<string, string | undefined> {
    // A kept process must not carry the mark of a harness that happens to surround us.
    const harnessMark = this.#lifetime === 'bound' ? harness().id : undefined
    return { [PROCESS_MARK]: this.#mark(name), [HARNESS_MARK]: harnessMark }
  }

  #save(): void {
    writeFileSync(`${this.#ledgerFile}.new`, JSON.stringify(this.#ledger, null, 2), { mode: 0o600 })
    renameSync(`${this.#ledgerFile}.new`, this.#ledgerFile)
  }
}

/** How long and how often `until` looks. */
export interface UntilOptions {
  /** Names of processes without which waiting is in vain. */
  needs?: readonly string[]
  timeoutMs?: number
  intervalMs?: number
  signal?: AbortSignal | undefined
}
