import type { DesktopResizeStep } from '../../api/v1alpha1/desktop-resize-status.ts'
import type { DesktopResize } from './kinds.ts'
import type { Colour, OutputStream, Paint } from './terminal.ts'

const WORDS: Partial<Record<DesktopResizeStep['state'], { text: string; colour: Colour }>> = {
  Intended: { text: 'begun', colour: 'yellow' },
  Done: { text: 'done', colour: 'green' },
  Undone: { text: 'undone', colour: 'red' },
}

/** Writes the steps of a resize as they happen, one line for each change: `09:14:03  PowerOff         done`. */
export class ResizeSteps {
  readonly #stream: OutputStream
  readonly #paint: Paint
  readonly #told = new Map<string, string>()

  constructor(stream: OutputStream, paint: Paint) {
    this.#stream = stream
    this.#paint = paint
  }

  /** What changed since the last time. Steps that are not needed, or not begun, are no news. */
  show({ status }: DesktopResize): void {
    const news = (status?.steps ?? []).filter(({ name, state }) => state in WORDS && this.#told.get(name) !== state)
    for (const step of news.toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0))) {
      this.#told.set(step.name, step.state)
      const { text, colour } = WORDS[step.state] ?? { text: step.state, colour: 'dim' }
      this.#stream.write(`${clockOf(timeOf(step))}  ${step.name.padEnd(15)}  ${this.#paint(colour, text)}\n`)
    }
  }
}

function timeOf({ finishTime, intentTime }: DesktopResizeStep): string {
  return finishTime ?? intentTime ?? ''
}

/** The time of day in UTC, as the API server's times are. */
function clockOf(time: string): string {
  const at = new Date(time)
  return Number.isNaN(at.getTime()) ? ' '.repeat(9) : `${at.toISOString().slice(11, 19)}Z`
}
