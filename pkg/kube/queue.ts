import { type Clock, systemClock } from './clock.ts'
import { FailureCounts, type Pauses } from './failure-counts.ts'
import { higher, Lanes, type Priority } from './lanes.ts'
import { Schedule } from './schedule.ts'

export interface AddOptions {
  /** Default `User`. */
  priority?: Priority
  /** Not before this long from now. */
  afterMs?: number
  /** Nothing but an add with priority `User` ends this pause early. */
  firm?: boolean
}

/** The pause after a failure, and with what the key waits then. */
export interface Backoff extends Pauses {
  /** With which the key waits when the pause is over. Default `Operation`. */
  priority?: Priority
  /** As in `AddOptions`. */
  firm?: boolean
}

/** Hears what `workqueue_*` metrics count. Seconds. */
export interface QueueObserver {
  added(): void
  taken(waitedSeconds: number): void
  done(workedSeconds: number): void
  retried(): void
}

export interface WorkQueueOptions {
  clock?: Clock
  /** In [0, 1); for jitter. */
  random?: () => number
  observer?: QueueObserver
}

interface Pause {
  priority: Priority
  firm: boolean
}

interface Running {
  since: number
  /** Priority with which it was added meanwhile. */
  again: Priority | undefined
}

/**
 * Keys of objects to be reconciled. A key waits at most once and runs at most once at a time; added while it runs, it
 * waits again when it is done. A key waits either now or for later: adding it now drops the pause, and of two pauses
 * the earlier one counts. A firm pause stands against both, unless it is for a user.
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #observer: QueueObserver | undefined
  readonly #waiting = new Lanes()
  readonly #running = new Map<string, Running>()
  readonly #delayed: Schedule<Pause>
  readonly #failures: FailureCounts
  readonly #takers = new Set<(key: string | undefined) => void>()
  readonly #closing = new AbortController()

  constructor({ clock = systemClock, random = Math.random, observer }: WorkQueueOptions = {}) {
    this.#clock = clock
    this.#failures = new FailureCounts(random)
    this.#observer = observer
    this.#delayed = new Schedule(clock, ({ key, value }) => this.#addNow(key, value.priority))
  }

  /** Has the key reconciled, now or later. A higher priority than it waits with promotes it. */
  add(key: string, { priority = 'User', afterMs = 0, firm = false }: AddOptions = {}): void {
    if (this.#closing.signal.aborted) return
    if (priority !== 'User' && !firm && this.#delayed.get(key)?.value.firm) return
    if (afterMs > 0) this.#addLater(key, { priority, firm }, this.#clock.now() + afterMs)
    else this.#addNow(key, priority)
  }

  /** The next key, as soon as there is one; undefined once the queue is closed or the signal aborted. */
  async take(signal?: AbortSignal): Promise<string | undefined> {
    if (this.#closing.signal.aborted || signal?.aborted) return undefined
    const key = this.#next()
    if (key !== undefined) return key
    return await new Promise((resolve) => {
      const taker = (found: string | undefined) => {
        this.#takers.delete(taker)
        signal?.removeEventListener('abort', onAbort)
        resolve(found)
      }
      const onAbort = () => taker(undefined)
      signal?.addEventListener('abort', onAbort)
      this.#takers.add(taker)
    })
  }

  /** The taken key's work is over, well or not. */
  done(key: string): void {
    const running = this.#running.get(key)
    if (running === undefined) return
    this.#running.delete(key)
    this.#observer?.done((this.#clock.now() - running.since) / 1000)
    if (running.again !== undefined) this.#addNow(key, running.again)
  }

  /** Adds the key again after a pause that grows with its failures in a row; returns the pause, in milliseconds. */
  backoff(key: string, { baseMs, maxMs, priority = 'Operation', firm = false }: Backoff): number {
    this.#observer?.retried()
    const afterMs = this.#failures.next(key, { baseMs, maxMs })
    this.add(key, { priority, afterMs, firm })
    return afterMs
  }

  /** Failures in a row. */
  failures(key: string): number {
    return this.#failures.count(key)
  }

  /** The key went well, or its object is gone: the next pause starts at the base again. */
  forget(key: string): void {
    this.#failures.forget(key)
  }

  /** Drops a key that waits, now or later: its object is another replica's now. A running one is not added again. */
  remove(key: string): void {
    this.#delayed.remove(key)
    this.#waiting.remove(key)
    const running = this.#running.get(key)
    if (running !== undefined) running.again = undefined
    this.forget(key)
  }

  /** Ends every `take`; nothing can be added any more. */
  close(): void {
    this.#closing.abort()
    this.#delayed.close()
    for (const taker of [...this.#takers]) taker(undefined)
  }

  /** Keys that could be taken now, for all priorities or one. */
  depth(priority?: Priority): number {
    return priority === undefined ? this.#waiting.size : this.#waiting.depth(priority)
  }

  /** Keys that wait for their time. */
  get delayed(): number {
    return this.#delayed.size
  }

  get running(): number {
    return this.#running.size
  }

  /** How long each running key has been worked on. */
  runningSeconds(): number[] {
    const now = this.#clock.now()
    return [...this.#running.values()].map(({ since }) => (now - since) / 1000)
  }

  #addNow(key: string, priority: Priority): void {
    const highest = higher(priority, this.#delayed.remove(key)?.value.priority)
    const running = this.#running.get(key)
    if (running !== undefined) {
      if (running.again === undefined) this.#observer?.added()
      running.again = higher(highest, running.again)
      return
    }
    if (!this.#waiting.has(key)) this.#observer?.added()
    this.#waiting.add(key, highest, this.#clock.now())
    this.#offer()
  }

  #addLater(key: string, { priority, firm }: Pause, at: number): void {
    const running = this.#running.get(key)
    // What woke the key while it ran does not end the pause either.
    if (firm && running?.again !== 'User' && running !== undefined) running.again = undefined
    if (this.#waiting.has(key) || running?.again !== undefined) return
    const pending = this.#delayed.remove(key)
    const value = { priority: higher(priority, pending?.value.priority), firm }
    this.#delayed.set({ key, value, at: firm ? at : Math.min(at, pending?.at ?? at) })
  }

  /** Hands a waiting key to a worker that waits for one. */
  #offer(): void {
    const [taker] = this.#takers
    if (taker === undefined) return
    const key = this.#next()
    if (key !== undefined) taker(key)
  }

  #next(): string | undefined {
    const entry = this.#waiting.take()
    if (entry === undefined) return undefined
    const now = this.#clock.now()
    this.#running.set(entry.key, { since: now, again: undefined })
    this.#observer?.taken((now - entry.since) / 1000)
    return entry.key
  }
}
