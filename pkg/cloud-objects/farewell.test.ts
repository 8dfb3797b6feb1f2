import { describe, expect, it } from 'vitest'
import { Farewell } from './farewell.ts'

const key = 'desktops/a'

function at() {
  const clock = { now: 1_000 }
  const farewell = new Farewell(() => clock.now)
  const look = (fields: { fresh?: boolean; seen?: boolean } = {}) =>
    farewell.look(key, { fresh: false, seen: false, ...fields })
  return { clock, farewell, look }
}

describe('Farewell', () => {
  it('gives a request of an earlier process its time, counted from the first look', () => {
    const { clock, farewell, look } = at()
    look()
    clock.now += 60
    look()
    expect(farewell.remainingMs(key, 100)).toBe(40)
    clock.now += 40
    expect(farewell.remainingMs(key, 100)).toBe(0)
  })

  it.each([{ fresh: true }, { seen: true }])('waits for none where there can be none: %o', (fields) => {
    const { farewell, look } = at()
    look(fields)
    expect(farewell.remainingMs(key, 100)).toBe(0)
  })

  it('waits no more once the thing is there, but for a lost request of our own', () => {
    const { clock, farewell, look } = at()
    look()
    farewell.there(key)
    expect(farewell.remainingMs(key, 100)).toBe(0)
    farewell.lost(key)
    farewell.there(key)
    expect(farewell.remainingMs(key, 100)).toBe(100)
    clock.now += 100
    expect(farewell.remainingMs(key, 100)).toBe(0)
  })

  it('takes an absence as proved until the thing is seen again', () => {
    const { farewell } = at()
    expect(farewell.isAbsent(key)).toBe(false)
    farewell.absent(key)
    expect(farewell.isAbsent(key)).toBe(true)
    farewell.there(key)
    expect(farewell.isAbsent(key)).toBe(false)
  })
})
