/** The rate of something that counts up, over the last seconds; right also after pauses and when the count goes back. */
export class Rate {
  readonly #now: () => number
  readonly #windowMs: number
  #samples: { at: number; count: number }[] = []

  /** `now` in milliseconds. */
  constructor(now: () => number, windowMs = 10_000) {
    this.#now = now
    this.#windowMs = windowMs
  }

  record(count: number): void {
    const at = this.#now()
    const last = this.#samples.at(-1)
    if (last !== undefined && count < last.count) this.#samples = []
    // One sample for each 100 ms is enough; the first and the newest count.
    if (this.#samples.length > 1 && last !== undefined && at - last.at < 100) last.count = count
    else this.#samples.push({ at, count })
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) > this.#windowMs) this.#samples.shift()
  }

  /** Per second; undefined before there is anything to tell. */
  perSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined) return undefined
    const seconds = (this.#now() - first.at) / 1000
    return seconds < 0.2 ? undefined : (last.count - first.count) / seconds
  }
}
