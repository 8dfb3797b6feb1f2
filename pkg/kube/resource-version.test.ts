import { expect, test } from 'vitest'
import { compareVersions } from './resource-version.ts'

test('versions are ordered as numbers, beyond what a double holds', () => {
  expect(compareVersions('9', '10')).toBeLessThan(0)
  expect(compareVersions('9007199254740993', '9007199254740992')).toBeGreaterThan(0)
  expect(compareVersions('12', '12')).toBe(0)
})

test('an object without version is older than any', () => {
  expect(compareVersions(undefined, '1')).toBeLessThan(0)
})
