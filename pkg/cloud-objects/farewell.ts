/**
 * Whether nothing of an object can be left in a cloud, or come there yet. The service's own 404 tells what is there, but
 * not what is on its way: a request of a process that was killed, or one whose answer was lost, can still arrive until
 * the time is over after which a call is given up. Only this process's memory: after a restart the wait begins anew.
 * Keys are `namespace/name` of objects.
 */
export class Farewell {
  readonly #now: () => number
  /** Until when a request of an earlier process may arrive. */
  readonly #earlier = new Map<string, number>()
  /** Until when a request of our own whose answer was lost may arrive. */
  readonly #lost = new Map<string, number>()
  readonly #gone = new Set<string>()

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * To be told at each look. An earlier process may have asked for the thing, unless the object is new (`fresh`), or its
   * status shows the thing (`seen`): while it is there nobody asks for it.
   */
  look(key: string, { fresh, seen, timeoutMs }: { fresh: boolean; seen: boolean; timeoutMs: number }): void {
    if (!this.#earlier.has(key)) this.#earlier.set(key, fresh || seen ? 0 : this.#now() + timeoutMs)
  }

  /** The answer to a request of ours was lost: it can arrive for as long as it may take. */
  lost(key: string, timeoutMs: number): void {
    this.#lost.set(key, this.#now() + timeoutMs)
  }

  /** The thing is there: the one request that an earlier process may have left behind has arrived. */
  there(key: string): void {
    this.#earlier.set(key, 0)
    this.#gone.delete(key)
  }

  /** The service itself says that it is not there: by 404, or as the answer to its deletion. */
  absent(key: string): void {
    this.#gone.add(key)
  }

  /** Whether that was the service's last word. */
  isAbsent(key: string): boolean {
    return this.#gone.has(key)
  }

  /** Milliseconds for which a request may still arrive. */
  remainingMs(key: string): number {
    const until = Math.max(this.#earlier.get(key) ?? 0, this.#lost.get(key) ?? 0)
    return Math.max(0, until - this.#now())
  }

  forget(key: string): void {
    this.#earlier.delete(key)
    this.#lost.delete(key)
    this.#gone.delete(key)
  }
}
