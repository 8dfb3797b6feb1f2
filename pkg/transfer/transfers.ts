import { asFailure, type Failure } from '../failure/failure.ts'
import { ContentDigests } from './content-digest.ts'
import type { TransferJob, TransferState } from './transfer.ts'
import { TransferRun, type TransferRunOptions } from './transfer-run.ts'

export interface TransfersOptions extends TransferRunOptions {
  /** Transfers that move bytes at the same time. Default 4. */
  concurrency?: number
  /** A transfer that has moved nothing for so long (an absent client) gives its place to the next. Default 5,000. */
  idleMs?: number
  /** How often subscribers hear of progress, in milliseconds. Default 5,000. */
  progressIntervalMs?: number
}

interface Entry {
  readonly job: TransferJob
  readonly run: TransferRun
  readonly stop: AbortController
  state: 'Queued' | 'Running' | 'Succeeded' | 'Failed'
  failure?: Failure
  /** Bytes when subscribers heard of it last. */
  toldBytes: number
  settled: Promise<void>
}

/** Moves bytes beside the workers, a few transfers at a time, first come, first served. */
export class Transfers {
  readonly #options: Required<Pick<TransfersOptions, 'concurrency' | 'idleMs' | 'progressIntervalMs'>>
  readonly #runOptions: TransferRunOptions
  readonly #entries = new Map<string, Entry>()
  readonly #listeners = new Set<(key: string) => void>()
  #admission: NodeJS.Timeout | undefined
  #progress: NodeJS.Timeout | undefined

  constructor({ concurrency = 4, idleMs = 5_000, progressIntervalMs = 5_000, ...runOptions }: TransfersOptions = {}) {
    this.#options = { concurrency, idleMs, progressIntervalMs }
    this.#runOptions = { digests: new ContentDigests(), ...runOptions }
  }

  /** Queues a job. Nothing happens if one of that key is queued or running; a finished one is replaced. */
  start(key: string, job: TransferJob): void {
    const existing = this.#entries.get(key)
    if (existing?.state === 'Queued' || existing?.state === 'Running' || job.signal.aborted) return
    const entry: Entry = {
      job,
      run: new TransferRun(job, this.#runOptions),
      stop: new AbortController(),
      state: 'Queued',
      toldBytes: 0,
      settled: Promise.resolve(),
    }
    // A replaced entry moves to the end of the line.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const ended = () => void this.#remove(key, entry)
    job.signal.addEventListener('abort', ended, { once: true, signal: entry.stop.signal })
    this.#tell(key)
    this.#admit()
  }

  /** The transfer of that key, until it is stopped or its job's signal aborts. */
  get(key: string): TransferState | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    const { state, failure } = entry
    const progress = entry.run.progress
    if (state === 'Failed') return { ...progress, state, failure: asFailure(failure) }
    return { ...progress, state }
  }

  /** Ends the transfer and forgets it. Resolves when source and sink are let go. */
  async stop(key: string): Promise<void> {
    const entry = this.#entries.get(key)
    if (entry !== undefined) await this.#remove(key, entry)
  }

  /** Calls with the key at each change of state, and of progress every few seconds. Returns the unsubscription. */
  subscribe(listener: (key: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async #remove(key: string, entry: Entry): Promise<void> {
    entry.stop.abort(new DOMException('the transfer was stopped', 'AbortError'))
    if (this.#entries.get(key) === entry) {
      this.#entries.delete(key)
      this.#tell(key)
    }
    await entry.settled
    this.#admit()
  }

  #admit(): void {
    let free = this.#options.concurrency
    for (const entry of this.#entries.values()) {
      if (entry.state === 'Running' && this.#takesPlace(entry)) free--
    }
    for (const [key, entry] of this.#entries) {
      if (entry.state !== 'Queued') continue
      if (this.#takesPlace(entry) && free-- <= 0) continue
      entry.state = 'Running'
      entry.settled = this.#run(key, entry)
    }
    this.#watch()
  }

  #takesPlace({ job, run, state }: Entry): boolean {
    if (job.source.ready === false) return false
    return state === 'Queued' || run.idleMs < this.#options.idleMs
  }

  async #run(key: string, entry: Entry): Promise<void> {
    this.#tell(key)
    const signal = AbortSignal.any([entry.stop.signal, entry.job.signal])
    try {
      await entry.run.run(signal)
      entry.state = 'Succeeded'
    } catch (error) {
      entry.state = 'Failed'
      entry.failure = asFailure(error)
    }
    if (this.#entries.get(key) === entry) this.#tell(key)
    this.#admit()
  }

  /** Looks for idle transfers while somebody waits, and tells of progress while something runs. */
  #watch(): void {
    const states = new Set(Array.from(this.#entries.values(), ({ state }) => state))
    this.#admission = timer(this.#admission, states.has('Queued'), this.#options.idleMs / 5, () => this.#admit())
    this.#progress = timer(this.#progress, states.has('Running'), this.#options.progressIntervalMs, () => {
      for (const [key, entry] of this.#entries) {
        const { bytes } = entry.run.progress
        if (entry.state !== 'Running' || bytes === entry.toldBytes) continue
        entry.toldBytes = bytes
        this.#tell(key)
      }
    })
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }
}

/** The timer if it is wanted, made if there is none, and let go otherwise. Never keeps the process alive. */
function timer(
  current: NodeJS.Timeout | undefined,
  wanted: boolean,
  intervalMs: number,
  tick: () => void,
): NodeJS.Timeout | undefined {
  if (wanted) return current ?? setInterval(tick, intervalMs).unref()
  clearInterval(current)
  return undefined
}
