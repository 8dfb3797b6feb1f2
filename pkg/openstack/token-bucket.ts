import { realTiming, type Timing } from './timing.ts'

/** How many calls a service of a cloud gets from us. */
export interface RateLimit {
  /** Calls per second on average. */
  callsPerSecond: number
  /** Calls that may go out at once after a rest. */
  burst: number
}

interface Waiter {
  go(): void
}

/** A token bucket: callers go in the order in which they came, and all of them wait when the other side asks for it. */
export class TokenBucket {
  readonly #timing: Timing
  readonly #waiting = new Set<Waiter>()
  #limit: RateLimit
  #tokens: number
  #filledAt: number
  #pausedUntil = 0
  #cancelTimer: (() => void) | undefined

  constructor(limit: RateLimit, timing: Timing = realTiming) {
    this.#limit = limit
    this.#timing = timing
    this.#tokens = limit.burst
    this.#filledAt = timing.now()
  }

  /** Resolves when the caller may go; rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const abort = () => {
        this.#waiting.delete(waiter)
        reject(signal?.reason)
      }
      const waiter = {
        go() {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.add(waiter)
      this.#serve()
    })
  }

  /** Nobody goes for so many seconds (`Retry-After`); a shorter pause never ends a longer one. */
  pause(seconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#timing.now() + seconds * 1000)
    this.#serve()
  }

  /** The pace from now on; who waits already goes by it too. */
  set limit(limit: RateLimit) {
    this.#fill()
    this.#limit = limit
    this.#serve()
  }

  /** Callers that wait now. */
  get waiting(): number {
    return this.#waiting.size
  }

  #serve(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#fill()
    for (const waiter of this.#waiting) {
      const wait = this.#waitMs()
      if (wait > 0) {
        this.#cancelTimer = this.#timing.schedule(() => this.#serve(), wait)
        return
      }
      this.#tokens -= 1
      this.#waiting.delete(waiter)
      waiter.go()
    }
  }

  #fill(): void {
    const now = this.#timing.now()
    const earned = ((now - this.#filledAt) / 1000) * this.#limit.callsPerSecond
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + earned)
    this.#filledAt = now
  }

  #waitMs(): number {
    const pause = this.#pausedUntil - this.#timing.now()
    // A hair below one token counts as one, so that rounding cannot make a timer that fires for ever.
    const token = this.#tokens > 0.999999 ? 0 : ((1 - this.#tokens) / this.#limit.callsPerSecond) * 1000
    return Math.max(pause, token)
  }
}
