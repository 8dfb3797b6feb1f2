import { expect, test } from 'vitest'
import { apiVersionOf, keyOf, splitKey } from './resource.ts'

test('a key holds namespace and name and can be split again', () => {
  const key = keyOf({ metadata: { namespace: 'desktops', name: 'windows-11' } })
  expect(key).toBe('desktops/windows-11')
  expect(splitKey(key)).toEqual({ namespace: 'desktops', name: 'windows-11' })
})

test('an object without namespace is known by its name', () => {
  expect(keyOf({ metadata: { name: 'node-1' } })).toBe('node-1')
  expect(splitKey('node-1')).toEqual({ namespace: '', name: 'node-1' })
})

test('the core group has no group in its apiVersion', () => {
  expect(apiVersionOf({ group: '', version: 'v1' })).toBe('v1')
  expect(apiVersionOf({ group: 'vdi.auxo.dev', version: 'v1alpha1' })).toBe('vdi.auxo.dev/v1alpha1')
})
