import { describe, expect, it } from 'vitest'
import type { Image } from '../../api/v1alpha1/objects.ts'
import { Failure, type FailureClass } from '../../pkg/failure/failure.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import { TransferError } from '../../pkg/transfer/transfer-error.ts'
import { reasonOf } from './failure-reason.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { report } from './report.ts'
import { glanceImage } from './testing/world.ts'

const image = (status?: Image['status'], type: 'HTTP' | 'Upload' | 'Existing' = 'HTTP'): Image => ({
  metadata: { name: 'office', namespace: 'desktops', generation: 1 },
  spec: { cloudRef: { name: 'vdi' }, source: { type }, diskFormat: 'raw' },
  ...(status ? { status } : {}),
})
const seen = (fields: Partial<ObservedInCloud> = {}): ObservedInCloud =>
  ({
    state: 'Ready',
    initialEnablement: 'Enabled',
    image: glanceImage({ id: 'i', size: 9 * 2 ** 30 }),
    ...fields,
  }) as ObservedInCloud
const waiting = { type: 'Waiting' } as const
const closed = (starting: boolean): Observed => ({
  state: 'Closed',
  reason: 'CloudUnavailable',
  message: 'm',
  starting,
})

describe('report', () => {
  it('is Ready with what Glance has, once everything is as it is wanted', () => {
    const { readiness, status } = report(image(), seen(), { type: 'Rest' }, { type: 'Settled' }) ?? expect.fail()
    expect(readiness).toMatchObject({ state: 'Ready', reason: 'Available' })
    expect(status).toMatchObject({ id: 'i', state: 'active', size: '9Gi', origin: 'Created', enablement: 'Enabled' })
  })

  it('says nothing new while only this process does not know the cloud', () => {
    const step = { type: 'AwaitCloud', reason: 'CloudNotReady', message: 'm' } as const
    for (const known of [image({ conditions: [] }), image()]) {
      expect(report(known, closed(true), step, { type: 'Settled' })).toBeUndefined()
    }
  })

  it('keeps what was known when the cloud cannot be asked, and says Unknown', () => {
    const step = { type: 'AwaitCloud', reason: 'CloudUnavailable', message: 'm' } as const
    const told = report(image({ id: 'i', state: 'active' }), closed(false), step, { type: 'Settled' })
    expect(told).toMatchObject({ readiness: { known: false }, status: { id: 'i', state: 'active' } })
  })

  it('tells who has to send bytes, and how far they are', () => {
    const upload = { url: 'https://up' }
    const idle = { state: 'Running', bytes: 0, written: 0, bytesPerSecond: 0 } as const
    const found = glanceImage({ id: 'i', status: 'queued' })
    const before = report(
      image(undefined, 'Upload'),
      seen({ image: found, transfer: idle, upload }),
      { type: 'AwaitTransfer' },
      waiting,
    )
    expect(before).toMatchObject({ readiness: { reason: 'AwaitingUpload' }, status: { upload } })
    expect(before?.status).not.toHaveProperty('progress')
    const moving = { ...idle, bytes: 50, total: 200, bytesPerSecond: 9.6, secondsLeft: 15.6 }
    const during = report(
      image(undefined, 'Upload'),
      seen({ image: found, transfer: moving, upload }),
      { type: 'AwaitTransfer' },
      waiting,
    )
    expect(during?.status.progress).toEqual({
      bytes: 50,
      totalBytes: 200,
      percent: 25,
      bytesPerSecond: 10,
      secondsLeft: 16,
    })
  })

  it('says so where the operator takes no uploads', () => {
    const idle = { state: 'Running', bytes: 0, written: 0, bytesPerSecond: 0 } as const
    const found = glanceImage({ id: 'i', status: 'queued' })
    const told = report(
      image(undefined, 'Upload'),
      seen({ image: found, transfer: idle }),
      { type: 'AwaitTransfer' },
      waiting,
    )
    expect(told?.readiness.message).toContain('--upload-tls-cert')
  })

  it('has conditions for what is gone and what was deactivated', () => {
    const step = { type: 'Await', reason: 'ImageGone', message: 'm', hurry: false } as const
    const gone = report(image({ id: 'i' }, 'Existing'), seen({ image: undefined }), step, waiting)
    expect(gone?.conditions).toMatchObject([{ type: 'Gone', status: 'True' }])
    const off = report(image(), seen({ image: glanceImage({ id: 'i', status: 'deactivated' }) }), step, waiting)
    expect(off?.conditions).toMatchObject([{ type: 'Deactivated', status: 'True' }])
  })

  it.each<[FailureClass, string]>([
    ['InvalidSpec', 'Stalled'],
    ['UnknownOutcome', 'Stalled'],
    ['Quota', 'Reconciling'],
    ['Auth', 'Reconciling'],
    ['Throttled', 'Reconciling'],
    ['Unavailable', 'Reconciling'],
    ['Refused', 'Reconciling'],
    ['Internal', 'Reconciling'],
  ])('only what cannot heal is stalled: %s is %s', (failureClass, state) => {
    const failure = new OpenStackError('why', { class: failureClass, code: 'X' })
    expect(report(image(), seen(), { type: 'Rest' }, { type: 'Failed', failure })?.readiness.state).toBe(state)
  })
})

describe('reasonOf', () => {
  it('tells the source from the cloud', () => {
    expect(reasonOf(new TransferError('x', { class: 'Unavailable', code: 'X' }))).toBe('SourceUnavailable')
    expect(reasonOf(new TransferError('x', { class: 'InvalidSpec', code: 'X' }))).toBe('SourceRefused')
    expect(reasonOf(new OpenStackError('x', { class: 'Unavailable', code: 'X' }))).toBe('CloudUnavailable')
    expect(reasonOf(new TransferError('x', { class: 'InvalidSpec', code: 'ChecksumMismatch' }))).toBe(
      'ChecksumMismatch',
    )
    expect(reasonOf(new Failure('x', { class: 'Internal', code: 'X' }))).toBe('Failed')
  })
})
