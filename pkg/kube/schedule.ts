import type { Clock } from './clock.ts'
import { Heap } from './heap.ts'

/** A key that waits for its time. */
export interface Scheduled<T> {
  readonly key: string
  readonly value: T
  /** On the clock. */
  readonly at: number
}

/** Keys that become due, each at most once at a time; one timer for all. */
export class Schedule<T> {
  readonly #clock: Clock
  readonly #onDue: (entry: Scheduled<T>) => void
  readonly #entries = new Map<string, Scheduled<T>>()
  /** Entries that were replaced or removed stay here until they would be due. */
  readonly #heap = new Heap<Scheduled<T>>(({ at }) => at)
  #timer: { at: number; cancel: () => void } | undefined

  constructor(clock: Clock, onDue: (entry: Scheduled<T>) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  get size(): number {
    return this.#entries.size
  }

  /** Replaces an entry of the same key. */
  set(entry: Scheduled<T>): void {
    this.#entries.set(entry.key, entry)
    this.#heap.push(entry)
    if (this.#heap.size > 2 * this.#entries.size + 64) this.#heap.keep((candidate) => this.#isCurrent(candidate))
    this.#setTimer()
  }

  get(key: string): Scheduled<T> | undefined {
    return this.#entries.get(key)
  }

  /** Takes the key out; returns what it waited with. */
  remove(key: string): Scheduled<T> | undefined {
    const entry = this.#entries.get(key)
    this.#entries.delete(key)
    return entry
  }

  /** Drops everything. */
  close(): void {
    this.#entries.clear()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #isCurrent(entry: Scheduled<T>): boolean {
    return this.#entries.get(entry.key) === entry
  }

  /** The next entry that still counts. */
  #peek(): Scheduled<T> | undefined {
    for (let entry = this.#heap.peek(); entry !== undefined; entry = this.#heap.peek()) {
      if (this.#isCurrent(entry)) return entry
      this.#heap.pop()
    }
    return undefined
  }

  #setTimer(): void {
    const at = this.#peek()?.at
    if (at === this.#timer?.at) return
    this.#timer?.cancel()
    this.#timer = undefined
    if (at === undefined) return
    // setTimeout holds at most 2^31 - 1 ms.
    const ms = Math.min(Math.max(at - this.#clock.now(), 0), 2 ** 31 - 1)
    this.#timer = { at, cancel: this.#clock.timer(() => this.#due(), ms) }
  }

  #due(): void {
    this.#timer = undefined
    // Node's timers may fire up to a millisecond early.
    const now = this.#clock.now() + 1
    for (let entry = this.#peek(); entry !== undefined && entry.at <= now; entry = this.#peek()) {
      this.#heap.pop()
      this.#entries.delete(entry.key)
      this.#onDue(entry)
    }
    this.#setTimer()
  }
}
