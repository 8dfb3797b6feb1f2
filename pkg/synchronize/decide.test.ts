import { describe, expect, it } from 'vitest'
import { SYNCHRONIZED_LABEL } from '../../api/v1alpha1/names.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'
import { decide, type SynchronizationView } from './decide.ts'
import { objectNameFor } from './name.ts'
import { touchedByUser } from './touched.ts'

const object = (name: string, from?: string, deleting = false): Image => ({
  metadata: {
    name,
    namespace: 'desktops',
    ...(from ? { labels: { [SYNCHRONIZED_LABEL]: from } } : {}),
    ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
  spec: { cloudRef: { name: 'vdi' }, source: { type: 'Existing', existing: { id: 'i' } } },
})
const ours = object('ours', 'vdi')
const users = object('users')
const found = { usable: true, projectID: 'p' }
const view = (fields: Partial<SynchronizationView<Image>>): SynchronizationView<Image> => ({
  policy: 'Project',
  cloudName: 'vdi',
  projectID: 'p',
  found,
  holders: [],
  ...fields,
})

describe('decide', () => {
  it.each<[string, Partial<SynchronizationView<Image>>, string]>([
    ['an active image of the project', {}, 'Make'],
    ['an image of another project', { found: { ...found, projectID: 'q' } }, 'Nothing'],
    ['an image of another project, all being wanted', { policy: 'All', found: { ...found, projectID: 'q' } }, 'Make'],
    ['nothing being wanted', { policy: 'None' }, 'Nothing'],
    ['an image that is not active yet', { found: { ...found, usable: false } }, 'Nothing'],
    ['an image that has its object', { holders: [ours] }, 'Nothing'],
    ['an image that a user’s object holds', { holders: [users] }, 'Nothing'],
    ['an image that is held twice', { holders: [ours, users] }, 'Withdraw'],
    ['an object whose image is gone', { found: undefined, holders: [ours] }, 'Withdraw'],
    [
      'an object whose image is gone, nothing being wanted any more',
      { policy: 'None', found: undefined, holders: [ours] },
      'Withdraw',
    ],
    ['an object that is kept though nothing is wanted any more', { policy: 'None', holders: [ours] }, 'Nothing'],
    ['a deactivated image that has its object', { found: { ...found, usable: false }, holders: [ours] }, 'Nothing'],
    ['a user’s object whose image is gone', { found: undefined, holders: [users] }, 'Nothing'],
    ['an object of ours that is going', { holders: [object('ours', 'vdi', true)] }, 'Make'],
    ['an object of another Cloud’s synchronisation', { found: undefined, holders: [object('x', 'other')] }, 'Nothing'],
  ])('%s', (_, fields, expected) => {
    expect(decide(view(fields)).type).toBe(expected)
  })
})

describe('objectNameFor', () => {
  const id = '0b54a1f6-7f1e-4c8e-9c55-3f6a4f0d5a10'
  it.each([
    ['Windows 11', 'windows-11-0b54a1f6'],
    ['Büro „Süd“\n2', 'buro-sud-2-0b54a1f6'],
    ['日本語', 'image-0b54a1f6'],
    [undefined, 'image-0b54a1f6'],
    ['--x--', 'x-0b54a1f6'],
    [`${'a'.repeat(49)} b`, `${'a'.repeat(49)}-0b54a1f6`],
  ])('%j becomes %s', (name, expected) => {
    expect(objectNameFor({ id, name }, 'image')).toBe(expected)
    expect(expected).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  })
  it('has the whole id where the short name is taken', () => {
    expect(objectNameFor({ id, name: 'a' }, 'image', 'Full')).toBe(`a-${id}`)
  })
})

describe('touchedByUser', () => {
  const managed = (manager: string, subresource?: string) => ({
    manager,
    operation: 'Apply',
    ...(subresource ? { subresource } : {}),
  })
  it('is anybody but ourselves, status aside', () => {
    expect(touchedByUser([managed('auxo')], ['auxo'])).toBe(false)
    expect(touchedByUser([managed('auxo'), managed('auxo-image', 'status')], ['auxo'])).toBe(false)
    expect(touchedByUser([managed('auxo'), managed('kubectl-edit')], ['auxo'])).toBe(true)
  })

  it('is not somebody who asked for a fresh look', () => {
    const annotations = (fields: object) => [
      { manager: 'kubectl-annotate', fieldsV1: { 'f:metadata': { 'f:annotations': { '.': {}, ...fields } } } },
    ]
    expect(touchedByUser(annotations({ 'f:vdi.auxo.dev/refresh': {} }), [])).toBe(false)
    expect(touchedByUser(annotations({ 'f:vdi.auxo.dev/refresh': {}, 'f:note': {} }), [])).toBe(true)
    expect(touchedByUser([{ manager: 'kubectl-edit', fieldsV1: { 'f:spec': { 'f:enablement': {} } } }], [])).toBe(true)
  })
})
