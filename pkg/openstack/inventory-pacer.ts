import type { Failure } from '../failure/failure.ts'
import type { Timing } from './timing.ts'

export interface PacerOptions {
  /** Seconds between two looks for changes at rest; jittered by a tenth. Default 60. */
  intervalSeconds: number
  /** Intervals between two full lists, at least; jittered by a tenth. Default 10. */
  fullEvery: number
  /**
   * Milliseconds between looks while somebody waits: from the first to the second. Default 300 to 2,000. Whoever joins
   * makes the pace fast again; many who join one after the other share a look, the second number after the last one.
   */
  hurriedMs: readonly [number, number]
  /** 0 ≤ random < 1. */
  random: () => number
}

/** Milliseconds between two looks that fail: accounts get locked by many refused log-ins. */
const LONGEST_MS = 60_000
/** The same while the cloud is away: this look is what finds out that it is back, for all its objects. */
const LONGEST_AWAY_MS = 15_000

/** When an inventory looks next: seldom at rest, often while somebody waits, less and less often while it fails. */
export class Pacer {
  readonly #timing: Timing
  readonly #options: PacerOptions
  readonly #hurried = new Set<string>()
  #hurriedMs: number
  #failures = 0
  #retryAfterMs = 0
  #longestMs = LONGEST_MS
  #fullAt = Number.NEGATIVE_INFINITY
  /** Ends the wait that is going on. */
  #wake: (() => void) | undefined
  /** Shortens the wait that is going on. */
  #hasten: (() => void) | undefined

  constructor(timing: Timing, options: Partial<PacerOptions>) {
    const { intervalSeconds = 60, fullEvery = 10, hurriedMs = [300, 2_000], random = Math.random } = options
    this.#timing = timing
    this.#options = { intervalSeconds, fullEvery, hurriedMs, random }
    this.#hurriedMs = hurriedMs[0]
  }

  hurry(key: string): void {
    if (this.#hurried.has(key)) return
    this.#hurried.add(key)
    this.#hurriedMs = this.#options.hurriedMs[0]
    this.#hasten?.()
  }

  rest(key: string): void {
    this.#hurried.delete(key)
  }

  /** Looks at once, also while failing. */
  wake(): void {
    this.#wake?.()
  }

  fullIsDue(): boolean {
    return this.#timing.now() >= this.#fullAt
  }

  /** A full list that was begun at `begun` is complete. */
  listed(begun: number): void {
    const pause = this.#options.fullEvery * this.#options.intervalSeconds * 1000
    this.#fullAt = begun + pause * (1 + this.#options.random() * 0.1)
  }

  succeeded(): void {
    this.#failures = 0
    this.#retryAfterMs = 0
  }

  failed(failure: Failure): void {
    this.#failures += 1
    this.#longestMs = failure.class === 'Unavailable' ? LONGEST_AWAY_MS : LONGEST_MS
    this.#retryAfterMs = (failure.retryAfterSeconds ?? 0) * 1000
  }

  /** Resolves when it is time for the next look, or `signal` is aborted, or at once if `isWanted`. */
  wait(signal: AbortSignal, isWanted: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        this.#wake = undefined
        this.#hasten = undefined
        signal.removeEventListener('abort', done)
        resolve()
      }
      const after = (milliseconds: number) => this.#timing.schedule(done, milliseconds)
      const soon = () => this.#timing.now() + this.#options.hurriedMs[1]
      let latest = this.#hurried.size > 0 ? soon() : undefined
      let cancel = after(this.#delay())
      this.#wake = done
      this.#hasten = () => {
        if (this.#failures > 0) return
        cancel()
        latest ??= soon()
        cancel = after(Math.max(0, Math.min(this.#delay(), latest - this.#timing.now())))
      }
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted || isWanted()) done()
    })
  }

  #delay(): number {
    if (this.#failures > 0) {
      const backoff = Math.min(this.#longestMs, 1000 * 2 ** (this.#failures - 1))
      return Math.max(this.#retryAfterMs, backoff * (0.5 + this.#options.random() / 2))
    }
    if (this.#hurried.size === 0) return this.#jitter(this.#options.intervalSeconds * 1000)
    const delay = this.#hurriedMs
    this.#hurriedMs = Math.min(this.#options.hurriedMs[1], delay * 1.25)
    return delay
  }

  #jitter(milliseconds: number): number {
    return milliseconds * (0.9 + this.#options.random() * 0.2)
  }
}
