import { Fifo } from './fifo.ts'

/** In the order in which they are taken: what a user waits for, operations under way, routine, the start-up list. */
export const priorities = ['User', 'Operation', 'Resync', 'Start'] as const
export type Priority = (typeof priorities)[number]

/** A key that waits to be taken. */
export interface Waiting {
  readonly key: string
  readonly priority: Priority
  /** On the clock; of the first add, whatever promoted the key afterwards. */
  readonly since: number
}

/** Keys that can be taken now, each once: first come, first served within a priority. */
export class Lanes {
  /** Entries that were promoted or removed stay here until their turn. */
  readonly #lanes = new Map<Priority, Fifo<Waiting>>(priorities.map((priority) => [priority, new Fifo()]))
  readonly #waiting = new Map<string, Waiting>()

  get size(): number {
    return this.#waiting.size
  }

  has(key: string): boolean {
    return this.#waiting.has(key)
  }

  depth(priority: Priority): number {
    let count = 0
    for (const entry of this.#waiting.values()) if (entry.priority === priority) count += 1
    return count
  }

  /** A key that waits already is promoted, never demoted. */
  add(key: string, priority: Priority, now: number): void {
    const waiting = this.#waiting.get(key)
    if (waiting !== undefined && higher(waiting.priority, priority) === waiting.priority) return
    const entry = { key, priority, since: waiting?.since ?? now }
    this.#waiting.set(key, entry)
    this.#lanes.get(priority)?.push(entry)
  }

  take(): Waiting | undefined {
    for (const lane of this.#lanes.values()) {
      for (let entry = lane.shift(); entry !== undefined; entry = lane.shift()) {
        if (this.#waiting.get(entry.key) !== entry) continue
        this.#waiting.delete(entry.key)
        return entry
      }
    }
    return undefined
  }

  remove(key: string): void {
    this.#waiting.delete(key)
  }
}

/** The one that is taken first; `a` where both are the same. */
export function higher(a: Priority, b: Priority | undefined): Priority {
  return b !== undefined && priorities.indexOf(b) < priorities.indexOf(a) ? b : a
}
