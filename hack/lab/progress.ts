/** Shows how far long work is: one line that is rewritten on a terminal, now and then a plain line elsewhere. */
export class Progress {
  readonly #title: string
  readonly #stream: NodeJS.WriteStream
  readonly #now: () => number
  readonly #started: number
  #lastPlain = Number.NEGATIVE_INFINITY

  constructor(title: string, stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()) {
    this.#title = title
    this.#stream = stream
    this.#now = now
    this.#started = now()
  }

  /** `done` and `total` in any unit that takes roughly the same time apiece. */
  update(done: number, total: number): void {
    const elapsed = (this.#now() - this.#started) / 1000
    const percent = Math.floor((100 * done) / Math.max(total, 1))
    // The first few per cent say little about the rest.
    const left = percent >= 3 && elapsed >= 5 ? `, about ${duration((elapsed * (total - done)) / done)} left` : ''
    this.#show(`${this.#title}: ${percent} %, ${duration(elapsed)} so far${left}`)
  }

  /** Something that has no measure. */
  say(text: string): void {
    this.#show(`${this.#title}: ${text}`)
  }

  /** Ends the line. */
  done(): void {
    const elapsed = duration((this.#now() - this.#started) / 1000)
    const clear = this.#stream.isTTY ? '\r\x1b[2K' : ''
    this.#stream.write(`${clear}${this.#title}: done in ${elapsed}\n`)
  }

  #show(line: string): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns || 80) - 1)}`)
    } else if (this.#now() - this.#lastPlain >= 20_000) {
      this.#lastPlain = this.#now()
      this.#stream.write(`${line}\n`)
    }
  }
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return whole < 100 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
