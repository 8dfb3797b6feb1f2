import { formatBytes, formatDuration, formatRate } from './measures.ts'
import { Rate } from './rate.ts'
import type { OutputStream } from './terminal.ts'

/** How often plain lines come where there is no terminal. */
const PLAIN_PERIOD_MS = 10_000
const REDRAW_PERIOD_MS = 200
const BAR_WIDTH = 24

export interface ProgressLineOptions {
  stream: OutputStream
  /** What is moving: `windows-11.qcow2`. */
  label: string
  total: number
  /** Milliseconds, monotonic. */
  now?: () => number
}

/** Progress on one line that redraws itself on a terminal, as lines now and then elsewhere. */
export class ProgressLine {
  readonly #stream: OutputStream
  readonly #now: () => number
  #rate: Rate
  readonly #total: number
  #label: string
  #count = 0
  #given: number | undefined
  #timer: NodeJS.Timeout | undefined
  #lastLineAt = 0

  constructor({ stream, label, total, now = () => performance.now() }: ProgressLineOptions) {
    this.#stream = stream
    this.#label = label
    this.#total = total
    this.#now = now
    this.#rate = new Rate(now)
  }

  /** Begins to draw; `stop` ends it. */
  start(): void {
    this.#lastLineAt = this.#now()
    this.#timer = setInterval(() => this.#tick(), REDRAW_PERIOD_MS)
    this.#timer.unref()
  }

  /** Bytes that are done. `bytesPerSecond` where somebody else measured it. */
  update(count: number, bytesPerSecond?: number): void {
    this.#count = count
    this.#given = bytesPerSecond
    this.#rate.record(count)
  }

  /** From here on it is about something else. */
  relabel(label: string): void {
    this.#label = label
    this.#rate = new Rate(this.#now)
  }

  /** A line of its own, above the progress. */
  note(text: string): void {
    this.#clear()
    this.#stream.write(`${text}\n`)
    if (this.#timer !== undefined) this.#draw()
  }

  /** Ends drawing and leaves the last state standing. */
  stop(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#clear()
    this.#timer = undefined
    this.#stream.write(`${this.text()}\n`)
  }

  /** `windows-11.qcow2  42%  3.8 GiB of 9.0 GiB  118 MiB/s  45s left` */
  text(): string {
    const percent = this.#total === 0 ? 100 : Math.floor((this.#count * 100) / this.#total)
    const parts = [this.#label, `${percent}%`.padStart(4), `${formatBytes(this.#count)} of ${formatBytes(this.#total)}`]
    const rate = this.#given ?? this.#rate.perSecond()
    if (rate !== undefined && rate > 0 && this.#count < this.#total) {
      parts.push(formatRate(rate), `${formatDuration(Math.ceil((this.#total - this.#count) / rate))} left`)
    }
    return parts.join('  ')
  }

  #tick(): void {
    if (this.#stream.isTTY) {
      this.#draw()
    } else if (this.#now() - this.#lastLineAt >= PLAIN_PERIOD_MS) {
      this.#lastLineAt = this.#now()
      this.#stream.write(`${this.text()}\n`)
    }
  }

  #draw(): void {
    if (!this.#stream.isTTY) return
    const text = this.text()
    const columns = this.#stream.columns || 80
    const bar = columns - text.length - 3 >= BAR_WIDTH ? `  ${this.#bar()}` : ''
    this.#stream.write(`\r\x1b[2K${(text + bar).slice(0, columns - 1)}`)
  }

  #bar(): string {
    const full =
      this.#total === 0 ? BAR_WIDTH : Math.round((Math.min(this.#count, this.#total) / this.#total) * BAR_WIDTH)
    return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
  }

  #clear(): void {
    if (this.#stream.isTTY && this.#timer !== undefined) this.#stream.write('\r\x1b[2K')
  }
}
