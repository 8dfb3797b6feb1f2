import { expect, test } from 'vitest'
import { RateMeter } from './rate-meter.ts'

test('the rate is that of the last seconds, not of the whole', () => {
  const meter = new RateMeter({ windowMs: 10_000, spacingMs: 250 })
  for (let second = 0; second <= 60; second++) meter.record(second * 1_000, second * 1_000)
  expect(meter.rate(60_000, 60_000)).toBe(1_000)
  for (let second = 61; second <= 80; second++) meter.record(second * 1_000, 60_000 + (second - 60) * 5_000)
  expect(meter.rate(80_000, 160_000)).toBe(5_000)
})

test('it falls to nothing while nothing comes', () => {
  const meter = new RateMeter()
  meter.record(0, 0)
  meter.record(1_000, 1_000_000)
  expect(meter.rate(1_000, 1_000_000)).toBe(1_000_000)
  expect(meter.rate(30_000, 1_000_000)).toBe(0)
})

test('a count that begins anew is not a negative rate', () => {
  const meter = new RateMeter()
  meter.record(0, 0)
  meter.record(1_000, 1_000_000)
  meter.record(2_000, 0)
  meter.record(3_000, 500)
  expect(meter.rate(3_000, 500)).toBe(500)
})

test('there is no rate before there is time', () => {
  expect(new RateMeter().rate(5, 5)).toBe(0)
})
