import { expect, test } from 'vitest'
import type { Image } from './kinds.ts'
import { decideUpload } from './upload-decision.ts'

const upload = { name: 'w11', size: 1000, format: 'qcow2' }

function image({ size = '1000', ready = false, ...spec }: { size?: string; ready?: boolean } & Partial<Image['spec']>) {
  const found: Image = {
    metadata: { name: 'w11', namespace: 'x', generation: 1 },
    spec: { cloudRef: { name: 'vdi' }, source: { type: 'Upload', upload: { size } }, diskFormat: 'qcow2', ...spec },
  }
  if (ready) {
    const condition = { type: 'Ready', status: 'True', reason: 'Available', message: '' } as const
    found.status = { observedGeneration: 1, conditions: [{ ...condition, lastTransitionTime: '' }] }
  }
  return found
}

test('nothing there: made; bytes missing: continued; ready: left alone', () => {
  expect(decideUpload(undefined, upload)).toEqual({ step: 'Create' })
  expect(decideUpload(image({}), upload).step).toBe('Continue')
  expect(decideUpload(image({ size: '9Gi' }), upload).step).toBe('Continue')
  expect(decideUpload(image({ ready: true }), upload).step).toBe('Done')
})

test.each([
  ['another source', image({ source: { type: 'Existing', existing: { name: 'x' } } }), /its source is Existing/],
  ['another cloud', image({ cloudRef: { name: 'other' } }), /exists in cloud other, not vdi/],
  ['a smaller file', image({ size: '999' }), /takes 999 bytes at most, the file has 1000 bytes/],
  ['another format', image({ diskFormat: 'iso' }), /is to be iso, the file is qcow2/],
  ['another size, ready', image({ size: '2000', ready: true }), /is ready with 2.0 KiB \(2000 bytes\), the file has/],
  [
    'being deleted',
    { ...image({}), metadata: { name: 'w11', namespace: 'x', deletionTimestamp: 'now' } },
    /is being deleted/,
  ],
])('an image of %s is refused', (_, found, message) => {
  expect(() => decideUpload(found, { ...upload, cloud: 'vdi' })).toThrow(message)
})
