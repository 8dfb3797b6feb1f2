/** Pauses after failures: `baseMs`, doubled with each failure in a row up to `maxMs`, less a random part of up to half. */
export interface Pauses {
  baseMs: number
  maxMs: number
}

/** How often each key failed in a row, and how long it pauses for that. */
export class FailureCounts {
  readonly #random: () => number
  readonly #counts = new Map<string, number>()

  /** `random`: in [0, 1); for jitter. */
  constructor(random: () => number) {
    this.#random = random
  }

  /** One more failure; returns the pause after it, in milliseconds. */
  next(key: string, { baseMs, maxMs }: Pauses): number {
    const failures = this.count(key)
    this.#counts.set(key, failures + 1)
    return Math.min(baseMs * 2 ** Math.min(failures, 50), maxMs) * (1 - this.#random() / 2)
  }

  count(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  forget(key: string): void {
    this.#counts.delete(key)
  }
}
