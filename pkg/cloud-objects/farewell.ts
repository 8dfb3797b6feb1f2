/**
 * Whether nothing of an object can be left in a cloud, or come there yet. The service's own 404 tells what is there, but
 * not what is on its way: a request of a process that was killed, or one whose answer was lost, can still arrive until
 * the time is over after which a call is given up. Only this process's memory: after a restart the wait begins anew.
 * Keys are `namespace/name` of objects.
 */
export class Farewell {
  readonly #now: () => number
  /** When an object was first looked at for which an earlier process may have asked; -Infinity where none can have. */
  readonly #firstLook = new Map<string, number>()
  /** When a request of our own was given up whose answer was lost. */
  readonly #lost = new Map<string, number>()
  readonly #gone = new Set<string>()

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * To be told at each look, before anything else. An earlier process may have asked for the thing, unless the object is
   * new (`fresh`), or its status shows the thing (`seen`): while it is there nobody asks for it.
   */
  look(key: string, { fresh, seen }: { fresh: boolean; seen: boolean }): void {
    if (!this.#firstLook.has(key)) this.#firstLook.set(key, fresh || seen ? Number.NEGATIVE_INFINITY : this.#now())
  }

  /** The answer to a request of ours was lost. */
  lost(key: string): void {
    this.#lost.set(key, this.#now())
  }

  /** The thing is there: the one request that an earlier process may have left behind has arrived. */
  there(key: string): void {
    this.#firstLook.set(key, Number.NEGATIVE_INFINITY)
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

  /** Milliseconds for which a request may still arrive, where a call is given up after `timeoutMs`. */
  remainingMs(key: string, timeoutMs: number): number {
    const since = [this.#firstLook.get(key), this.#lost.get(key)].filter((moment) => moment !== undefined)
    return Math.max(0, Math.max(...since) + timeoutMs - this.#now())
  }

  forget(key: string): void {
    this.#firstLook.delete(key)
    this.#lost.delete(key)
    this.#gone.delete(key)
  }
}
