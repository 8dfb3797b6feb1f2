import { expect, test } from 'vitest'
import type { KubeObject } from './resource.ts'
import { isUsersChange } from './users-change.ts'

interface Thing extends KubeObject {
  status?: { id: string }
}

const before: Thing = {
  metadata: { name: 'x', namespace: 'a', uid: 'u', generation: 1, resourceVersion: '1', annotations: { note: 'old' } },
}
const changed = (metadata: Partial<Thing['metadata']>, status?: Thing['status']): Thing => ({
  metadata: { ...before.metadata, resourceVersion: '2', ...metadata },
  ...(status === undefined ? {} : { status }),
})

test.each<[string, Thing, boolean]>([
  ['another spec', changed({ generation: 2 }), true],
  ['its deletion', changed({ deletionTimestamp: '2026-01-01T00:00:00Z' }), true],
  ['another annotation', changed({ annotations: { note: 'old', 'vdi.auxo.dev/refresh': '1' } }), true],
  ['a label', changed({ labels: { a: 'b' } }), true],
  ['another object of the same name', changed({ uid: 'v' }), true],
  ['status, as the stream brings it', changed({}, { id: 'id-1' }), false],
  ['a finalizer', changed({ finalizers: ['example.org/thing'] }), false],
  ['annotations read anew', changed({ annotations: { note: 'old' } }), false],
])('%s: %s', (_what, object, users) => {
  expect(isUsersChange({ type: 'Updated', object, previous: before, initial: false })).toBe(users)
})

test('an object that appears or is gone is a user’s change', () => {
  expect(isUsersChange({ type: 'Added', object: before, previous: undefined, initial: false })).toBe(true)
  expect(isUsersChange({ type: 'Deleted', object: before, previous: before, initial: false })).toBe(true)
})
