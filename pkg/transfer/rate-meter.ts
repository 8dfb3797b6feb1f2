/** Rate over the last seconds, from a count that goes up (and back to 0 when a transfer begins anew). */
export class RateMeter {
  readonly #windowMs: number
  readonly #spacingMs: number
  #samples: { time: number; bytes: number }[] = []

  constructor({ windowMs = 10_000, spacingMs = 250 }: { windowMs?: number; spacingMs?: number } = {}) {
    this.#windowMs = windowMs
    this.#spacingMs = spacingMs
  }

  /** Notes that `bytes` had come by `time` (milliseconds of any clock). Cheap enough for each chunk. */
  record(time: number, bytes: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && bytes < last.bytes) this.#samples = []
    else if (last !== undefined && time - last.time < this.#spacingMs && this.#samples.length > 1) return
    this.#samples.push({ time, bytes })
    while (this.#samples.length > 2 && (this.#samples[1]?.time ?? time) < time - this.#windowMs) this.#samples.shift()
  }

  /** Bytes per second up to `now`, whose count is `bytes`. */
  rate(now: number, bytes: number): number {
    const first = this.#samples.find(({ time }) => time >= now - this.#windowMs) ?? this.#samples.at(-1)
    if (first === undefined || now <= first.time) return 0
    return Math.max(0, Math.round(((bytes - first.bytes) * 1_000) / (now - first.time)))
  }
}
