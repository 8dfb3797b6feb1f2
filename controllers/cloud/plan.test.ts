import { describe, expect, it } from 'vitest'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import { Failure } from '../../pkg/failure/failure.ts'
import type { ObservedCloud } from './observed.ts'
import { plan } from './plan.ts'
import { report } from './report.ts'

const cloud = (deleting = false): Cloud => ({
  metadata: { name: 'vdi', namespace: 'desktops', ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
  spec: { ownerID: 'acme', credentials: { secretRef: { name: 's' }, cloudName: 'c' } },
})
const present: ObservedCloud['credentials'] = { state: 'Present', credentials: { cloudsYaml: 'x' } }
const connection = (fields: Partial<NonNullable<ObservedCloud['connection']>> = {}) => ({
  current: true,
  identity: { user: { id: 'u', name: 'demo' }, project: { id: 'p', name: 'demo' }, roles: [], tokenExpiresAt: '' },
  failure: undefined,
  facts: undefined,
  factsDue: false,
  images: 3,
  desktops: 2,
  ...fields,
})
const observed = (fields: Partial<ObservedCloud>): ObservedCloud => ({
  credentials: present,
  connection: connection(),
  rejection: undefined,
  refresh: undefined,
  refreshDue: false,
  projectTakenBy: undefined,
  referrers: [],
  ...fields,
})
const failure = (failureClass: 'Auth' | 'Unavailable' | 'InvalidSpec', code = 'X') =>
  new Failure('why', { class: failureClass, code })
const missing: ObservedCloud['credentials'] = { state: 'Missing', message: 'no Secret' }

describe('plan', () => {
  it.each<[string, Partial<ObservedCloud>, boolean, string]>([
    ['nothing known yet', { connection: undefined }, false, 'Connect'],
    ['a changed Secret', { connection: connection({ current: false }) }, false, 'Connect'],
    ['all well', {}, false, 'Rest'],
    ['old facts', { connection: connection({ factsDue: true }) }, false, 'ReadFacts'],
    ['a missing Secret', { credentials: missing, connection: undefined }, false, 'Await'],
    ['a Secret that went missing', { credentials: missing }, false, 'Disconnect'],
    [
      'a Secret of a wrong type',
      { credentials: { state: 'Invalid', message: '' }, connection: undefined },
      false,
      'Stall',
    ],
    ['a refused log-in', { connection: undefined, rejection: failure('Auth') }, false, 'AwaitHealth'],
    ['a fresh look that is asked for', { refreshDue: true }, false, 'Refresh'],
    ['a fresh look after a refused log-in', { refreshDue: true, rejection: failure('Auth') }, false, 'Refresh'],
    [
      'a fresh look without credentials',
      { refreshDue: true, credentials: missing, connection: undefined },
      false,
      'Await',
    ],
    ['an outage', { connection: connection({ failure: failure('Unavailable') }) }, false, 'AwaitHealth'],
    ['a project that another Cloud has', { projectTakenBy: 'older' }, false, 'Stall'],
    ['deletion, nothing refers to it', {}, true, 'Disconnect'],
    ['deletion, nothing is open', { connection: undefined }, true, 'ReleaseFinalizer'],
    ['deletion, still referred to', { referrers: ['Image/a'] }, true, 'Await'],
    ['deletion, still referred to, not connected', { referrers: ['Image/a'], connection: undefined }, true, 'Connect'],
    [
      'deletion of a whole namespace: the Secret is gone first',
      { referrers: ['Image/a'], credentials: missing },
      true,
      'Await',
    ],
  ])('%s', (_, fields, deleting, expected) => {
    expect(plan(cloud(deleting), observed(fields)).type).toBe(expected)
  })

  it('names the first objects that keep a Cloud', () => {
    const referrers = ['Image/a', 'Image/b', 'Image/c', 'Image/d']
    expect(plan(cloud(true), observed({ referrers }))).toMatchObject({
      reason: 'InUse',
      message: expect.stringContaining('Image/a, Image/b, Image/c and 1 more'),
    })
  })
})

describe('report', () => {
  it.each([
    ['Auth', 'X', 'Reconciling', 'CredentialsRejected'],
    ['Unavailable', 'X', 'Reconciling', 'CloudUnavailable'],
    ['InvalidSpec', 'X', 'Stalled', 'CredentialsInvalid'],
    ['InvalidSpec', 'AddressRefused', 'Stalled', 'AddressRefused'],
  ] as const)('a failure of class %s (%s) is %s, %s', (failureClass, code, state, reason) => {
    const outcome = { type: 'Failed' as const, failure: failure(failureClass, code) }
    expect(report(cloud(), observed({}), { type: 'Connect' }, outcome).readiness).toMatchObject({ state, reason })
  })

  it('tells project and numbers of images and servers, and keeps what is not known just now', () => {
    const known = { ...cloud(), status: { images: { total: 9 }, user: 'old' } }
    const now = observed({ connection: connection({ images: undefined }) })
    expect(report(known, now, { type: 'Rest' }, { type: 'Settled' }).status).toMatchObject({
      project: { id: 'p', name: 'demo' },
      user: 'demo',
      images: { total: 9 },
      desktops: { total: 2 },
    })
  })
})
