import { expect, test } from 'vitest'
import { EventBudget } from './event-budget.ts'

test('an object has 25 events at once, then one in five minutes, and its full share again after a rest', () => {
  let now = 0
  const budget = new EventBudget(() => now)
  const spend = (times: number) => Array.from({ length: times }, () => budget.spend('a')).filter(Boolean).length
  expect(spend(100)).toBe(25)
  expect(budget.spend('b')).toBe(true)
  now += 299_999
  expect(spend(10)).toBe(0)
  now += 1
  expect(spend(10)).toBe(1)
  now += 3600 * 10_000
  expect(spend(100)).toBe(25)
})
