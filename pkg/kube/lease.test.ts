import { expect, test } from 'vitest'
import { givenBack, heldBy, type Lease, LeaseWatch } from './lease.ts'
import { ManualClock } from './testing/manual-clock.ts'

const lease = (resourceVersion: string, holderIdentity = 'a'): Lease => ({
  metadata: { name: 'x', resourceVersion },
  spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: '1999-01-01T00:00:00.000000Z' },
})

test('a Lease lives while it is seen to change, whatever time is written on it', () => {
  const clock = new ManualClock()
  const watch = new LeaseWatch(clock)
  watch.observe([lease('1')], clock.now())
  expect(watch.stateOf(lease('1'))).toBe('Unconfirmed')
  clock.advance(15_000)
  expect(watch.stateOf(lease('1'))).toBe('Unconfirmed')
  watch.observe([lease('2')], clock.now())
  expect(watch.stateOf(lease('2'))).toBe('Live')
  clock.advance(15_001)
  watch.observe([lease('2')], clock.now())
  expect(watch.stateOf(lease('2'))).toBe('Free')
  watch.observe([lease('3')], clock.now())
  expect(watch.stateOf(lease('3'))).toBe('Live')
})

test('a Lease without holder is free at once', () => {
  const watch = new LeaseWatch(new ManualClock())
  watch.observe([lease('1', '')], 0)
  expect(watch.stateOf(lease('1', ''))).toBe('Free')
})

test('taking counts as a transition, renewing does not; what others wrote on it is kept', () => {
  const holder = { identity: 'b', durationSeconds: 15, labels: { l: '1' }, annotations: { a: '1' } }
  const old = { ...lease('1'), metadata: { name: 'x', resourceVersion: '1', annotations: { other: 'kept' } } }
  const taken = heldBy(holder, old, Date.parse('2026-01-01T00:00:00Z'))
  expect(taken.metadata).toMatchObject({
    resourceVersion: '1',
    annotations: { other: 'kept', a: '1' },
    labels: { l: '1' },
  })
  expect(taken.spec).toEqual({
    holderIdentity: 'b',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 1,
  })
  const renewed = heldBy(holder, taken, Date.parse('2026-01-01T00:00:02Z'))
  expect(renewed.spec).toEqual({ ...taken.spec, renewTime: '2026-01-01T00:00:02.000000Z' })
  expect(givenBack(renewed, 0).spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1 })
})
