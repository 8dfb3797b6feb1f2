import { expect, test } from 'vitest'
import { Schedule } from './schedule.ts'
import { ManualClock } from './testing/manual-clock.ts'

function newSchedule() {
  const clock = new ManualClock()
  const due: string[] = []
  const schedule = new Schedule<string>(clock, ({ key, value }) => due.push(`${key}=${value}`))
  return { clock, due, schedule }
}

test('keys become due in order of time, with one timer', () => {
  const { clock, due, schedule } = newSchedule()
  for (const at of [300, 100, 200]) schedule.set({ key: `k${at}`, value: 'v', at })
  expect(clock.pending).toBe(1)
  clock.advance(250)
  expect(due).toEqual(['k100=v', 'k200=v'])
  clock.advance(250)
  expect(due).toHaveLength(3)
  expect(clock.pending).toBe(0)
})

test('a replaced or removed key is not due', () => {
  const { clock, due, schedule } = newSchedule()
  schedule.set({ key: 'a', value: 'old', at: 100 })
  schedule.set({ key: 'a', value: 'new', at: 200 })
  schedule.set({ key: 'b', value: 'x', at: 150 })
  expect(schedule.remove('b')?.value).toBe('x')
  clock.advance(199 - 1)
  expect(due).toEqual([])
  clock.advance(2)
  expect(due).toEqual(['a=new'])
})

test('keys that are put off again and again cost no memory', () => {
  const { clock, due, schedule } = newSchedule()
  for (let i = 0; i < 100_000; i += 1) schedule.set({ key: `k${i % 10}`, value: 'v', at: 1000 + i })
  expect(schedule.size).toBe(10)
  clock.advance(200_000)
  expect(due).toHaveLength(10)
})

test('nothing is due after the end', () => {
  const { clock, due, schedule } = newSchedule()
  schedule.set({ key: 'a', value: 'v', at: 100 })
  schedule.close()
  clock.advance(1000)
  expect(due).toEqual([])
  expect(clock.pending).toBe(0)
})
