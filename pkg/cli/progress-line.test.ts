import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ProgressLine } from './progress-line.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function setUp(isTTY: boolean) {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text), isTTY, columns: 100 }
  return { written, line: new ProgressLine({ stream, label: 'disk.raw', total: 100 * 2 ** 20 }) }
}

/** 1 MiB a second. */
function run(line: ProgressLine, seconds: number) {
  for (let second = 1; second <= seconds; second += 1) {
    vi.advanceTimersByTime(1000)
    line.update(second * 2 ** 20)
  }
}

test('without a terminal there is a line every ten seconds, without control characters', () => {
  const { line, written } = setUp(false)
  line.start()
  line.update(0)
  run(line, 25)
  line.stop()
  expect(written).toEqual([
    'disk.raw    9%  9.0 MiB of 100 MiB  922 KiB/s  102s left\n',
    'disk.raw   19%  19.0 MiB of 100 MiB  939 KiB/s  89s left\n',
    'disk.raw   25%  25.0 MiB of 100 MiB  1.0 MiB/s  75s left\n',
  ])
})

test('on a terminal one line is drawn again and again, and notes stand above it', () => {
  const { line, written } = setUp(true)
  line.start()
  line.update(0)
  run(line, 50)
  line.note('trying again')
  line.stop()
  expect(written.at(-5)).toBe('\r\x1b[2K')
  expect(written.at(-4)).toBe('trying again\n')
  expect(written.at(-3)).toBe(
    '\r\x1b[2Kdisk.raw   50%  50.0 MiB of 100 MiB  1.0 MiB/s  50s left  ████████████░░░░░░░░░░░░',
  )
  expect(written.slice(-2)).toEqual(['\r\x1b[2K', 'disk.raw   50%  50.0 MiB of 100 MiB  1.0 MiB/s  50s left\n'])
})

test('bytes that were lost do not make the rate negative', () => {
  const { line } = setUp(false)
  line.start()
  run(line, 50)
  line.update(0)
  vi.advanceTimersByTime(1000)
  line.update(2 ** 20)
  expect(line.text()).toBe('disk.raw    1%  1.0 MiB of 100 MiB  1.0 MiB/s  99s left')
  line.stop()
})
