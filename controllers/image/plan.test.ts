import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Image } from '../../api/v1alpha1/objects.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import { imageIdFor, markOf } from '../../pkg/openstack/mark.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { planProperties } from './testing/plan-properties.ts'
import { glanceImage, World } from './testing/world.ts'
import { uncheckedKey } from './unchecked.ts'

const mark = markOf('acme', 'desktops', 'office')

describe('plan', () => {
  it.each(Object.entries(planProperties))('%s', async (_name, property) => {
    await fc.assert(property, { numRuns: 300 })
  })

  it('lets an object go whose image Glance never took, for want of room', async () => {
    const metadata = { name: 'office', namespace: 'desktops', deletionTimestamp: '2026-01-01T00:00:00Z' }
    const source = { type: 'HTTP' as const, http: { url: 'https://example.org/x' } }
    const world = new World({
      metadata,
      spec: { cloudRef: { name: 'vdi' }, source, diskFormat: 'raw' },
      status: { attempt: 1, id: imageIdFor(mark, 1) },
    })
    world.refusal = new OpenStackError('the quota is used up', { class: 'Quota', code: 'ImageQuota' })
    expect((await world.settle()).step.type).toBe('ReleaseFinalizer')
    expect(world.glance.size).toBe(0)
  })

  it.each([
    ['SHA256', 'Stall'],
    ['SHA512', 'StartImport'],
    ['MD5', 'StartImport'],
  ] as const)('lets a cloud that hashes with SHA-512 download for a %s checksum: %s', (algorithm, expected) => {
    const checksum = { algorithm, value: 'a' }
    const http = { url: 'https://example.org/x', via: 'Glance' as const, checksum }
    const image: Image = {
      metadata: { name: 'office', namespace: 'desktops' },
      spec: { cloudRef: { name: 'vdi' }, source: { type: 'HTTP', http }, diskFormat: 'raw' },
    }
    const queued = glanceImage({ id: imageIdFor(mark, 1), status: 'queued' })
    const observed = { state: 'Ready', mark, image: queued, matches: 1, usedBy: [], hashAlgorithm: 'sha512' }
    expect(plan(image, observed as unknown as Observed).type).toBe(expected)
  })

  const hash = 'a'.repeat(128)
  const importFailure = new OpenStackError('no', { class: 'Refused', code: 'ImportFailed' })
  const notSent = { [uncheckedKey]: 'true' }
  const sent = { [uncheckedKey]: hash }
  const active = { status: 'active', os_hash_algo: 'sha512', os_hash_value: hash } as const
  it.each<[string, Partial<GlanceImage>, object, string]>([
    ['takes bytes', { status: 'queued' }, {}, 'StartTransfer'],
    ['takes none in a cloud that hashes otherwise', { status: 'queued' }, { hashAlgorithm: 'sha256' }, 'Stall'],
    ['is sent', { status: 'uploading' }, { transfer: { state: 'Running' } }, 'AwaitTransfer'],
    [
      'is imported once what was sent is on record',
      { status: 'uploading', size: 5, properties: sent },
      {},
      'StartImport',
    ],
    ['is not imported twice', { status: 'uploading', size: 5, properties: sent }, { importRunning: true }, 'Await'],
    [
      'is made anew where nobody knows what was sent',
      { status: 'uploading', size: 5, properties: notSent },
      {},
      'Discard',
    ],
    ['waits for Glance to give a broken one up', { status: 'uploading', properties: notSent }, {}, 'Await'],
    [
      'is made anew where Glance cannot import',
      { status: 'importing', properties: sent },
      { importFailure },
      'Discard',
    ],
    ['is shown when it is proved', { ...active, properties: sent }, {}, 'Update'],
    ['is never shown unproved', { ...active, properties: notSent }, {}, 'Discard'],
    ['is deleted when it is wrong', { ...active, os_hash_value: 'b', properties: sent }, {}, 'Discard'],
    ['stays hidden where nothing proves it', { ...active, os_hash_algo: 'sha256', properties: sent }, {}, 'Stall'],
  ])('an upload by the staging area %s', (_what, fields, more, expected) => {
    const image: Image = {
      metadata: { name: 'office', namespace: 'desktops' },
      spec: { cloudRef: { name: 'vdi' }, source: { type: 'Upload', upload: { via: 'Glance' } }, diskFormat: 'raw' },
    }
    const found = glanceImage({ id: imageIdFor(mark, 1), ...fields })
    const observed = { state: 'Ready', mark, image: found, matches: 1, usedBy: [], ...more }
    expect(plan(image, observed as unknown as Observed).type).toBe(expected)
  })
})
