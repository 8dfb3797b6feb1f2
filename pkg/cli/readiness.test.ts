import { expect, test } from 'vitest'
import { verdictOf } from './readiness.ts'

const condition = (type: string, status: string) => ({ type, status, reason: 'Because', message: 'why' })
const metadata = { name: 'x', generation: 2 }

test('ready only where the newest generation is', () => {
  const conditions = [condition('Ready', 'True')]
  expect(verdictOf({ metadata, status: { observedGeneration: 2, conditions } }).ready).toBe(true)
  expect(verdictOf({ metadata, status: { observedGeneration: 1, conditions } })).toMatchObject({
    ready: false,
    reason: 'Outdated',
  })
  const deleted = { ...metadata, deletionTimestamp: 'now' }
  expect(verdictOf({ metadata: deleted, status: { observedGeneration: 2, conditions } }).ready).toBe(false)
})

test('stalled only where it was said of the newest generation', () => {
  const conditions = [condition('Ready', 'False'), condition('Stalled', 'True')]
  expect(verdictOf({ metadata, status: { observedGeneration: 2, conditions } }).stalled).toBe(true)
  expect(verdictOf({ metadata, status: { observedGeneration: 1, conditions } }).stalled).toBe(false)
})

test('an object that nobody looked at is not ready', () => {
  expect(verdictOf({ metadata, status: { observedGeneration: -1 } })).toMatchObject({ ready: false, reason: 'NotSeen' })
})
