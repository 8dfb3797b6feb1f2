import { expect, test } from 'vitest'
import { Failure } from '../../pkg/failure/failure.ts'
import { ImageMemory } from './memory.ts'

test('remembers why a download by Glance failed until it is time for the next', () => {
  let now = 0
  const memory = new ImageMemory(() => now)
  const failure = new Failure('not found', { class: 'Refused', code: 'ImportFailed' })
  memory.importStarted('id')
  memory.importFailed('id', failure)
  expect(memory.importsInto('id')).toBe(false)
  now += 14_999
  expect(memory.recentImportFailure('id')).toBe(failure)
  now += 1
  expect(memory.recentImportFailure('id')).toBeUndefined()
})
