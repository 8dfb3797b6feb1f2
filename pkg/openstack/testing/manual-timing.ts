import type { Timing } from '../timing.ts'

interface Due {
  at: number
  callback: () => void
}

/** Time that passes only when a test says so. */
export class ManualTiming implements Timing {
  #now = 1_000
  #due = new Set<Due>()

  now = (): number => this.#now

  schedule = (callback: () => void, milliseconds: number): (() => void) => {
    const due = { at: this.#now + milliseconds, callback }
    this.#due.add(due)
    return () => this.#due.delete(due)
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#due.size
  }

  /** Milliseconds until the next timer. */
  get next(): number | undefined {
    return this.#due.size === 0 ? undefined : Math.min(...[...this.#due].map(({ at }) => at)) - this.#now
  }

  /** Lets time pass, timer by timer; what waits for promises gets its turn in between. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settle()
    for (let due = this.#first(end); due !== undefined; due = this.#first(end)) {
      this.#due.delete(due)
      this.#now = due.at
      due.callback()
      await settle()
    }
    this.#now = end
  }

  #first(end: number): Due | undefined {
    return [...this.#due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Everything that only waits for promises is done. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
