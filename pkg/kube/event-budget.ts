/**
 * How many events an object may cause: 25 at once, then one in five minutes (client-go's numbers). One object that
 * flaps must not fill etcd.
 */
export class EventBudget {
  readonly #now: () => number
  readonly #burst: number
  readonly #refillMs: number
  /** When each object's budget is full again. */
  readonly #fullAt = new Map<string, number>()

  constructor(now: () => number, { burst = 25, refillMs = 300_000 }: { burst?: number; refillMs?: number } = {}) {
    this.#now = now
    this.#burst = burst
    this.#refillMs = refillMs
  }

  /** True when the object may have another event; counts it. */
  spend(object: string): boolean {
    const now = this.#now()
    const from = Math.max(this.#fullAt.get(object) ?? now, now)
    if (from + this.#refillMs - now > this.#burst * this.#refillMs) return false
    this.#fullAt.set(object, from + this.#refillMs)
    if (this.#fullAt.size > 10_000) this.#forgetFull(now)
    return true
  }

  #forgetFull(now: number): void {
    for (const [object, at] of this.#fullAt) if (at <= now) this.#fullAt.delete(object)
  }
}
