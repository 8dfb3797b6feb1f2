import { describe, expect, it } from 'vitest'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import { Failure } from '../failure/failure.ts'
import { cloudAccess } from './cloud-access.ts'
import type { Health } from './cloud-health.ts'
import { CloudRegistry, type ConnectedCloud } from './cloud-registry.ts'
import type { InventoryState } from './inventory.ts'

type Conditions = NonNullable<NonNullable<Cloud['status']>['conditions']>

const cloud = (ready?: Partial<Conditions[number]>): Cloud => ({
  metadata: { name: 'vdi', namespace: 'desktops' },
  spec: { ownerID: 'acme', credentials: { secretRef: { name: 's' }, cloudName: 'c' } },
  ...(ready
    ? {
        status: {
          conditions: [{ type: 'Ready', status: 'False', reason: 'R', message: 'm', lastTransitionTime: '', ...ready }],
        },
      }
    : {}),
})

/** What an object hears, given the Cloud object, what its connection says, and whether the first list is complete. */
function access(object: Cloud | undefined, health?: Health, list: InventoryState | 'Synced' = 'Synced') {
  const registry = new CloudRegistry()
  const connected = { health: { state: health, subscribe: () => () => undefined } } as unknown as ConnectedCloud
  if (health !== undefined) registry.connect('desktops/vdi', connected)
  return cloudAccess(registry, 'desktops/vdi', object, () => ({
    synced: list === 'Synced',
    state: list === 'Synced' ? { type: 'Current' } : list,
  }))
}

const failed = (failureClass: 'Auth' | 'Unavailable'): Health => ({
  failure: new Failure('why', { class: failureClass, code: 'X' }),
  since: 0,
})

const listFailed = (failureClass: 'Refused' | 'Unavailable'): InventoryState => ({
  type: 'Failed',
  failure: new Failure('why', { class: failureClass, code: 'X' }),
  since: 0,
})

describe('cloudAccess', () => {
  it('is open when the cloud is connected, answers and was listed', () => {
    expect(access(cloud(), 'Ready')).toMatchObject({ state: 'Ready' })
  })

  it.each([
    ['no Cloud', access(undefined), 'CloudNotFound', false],
    ['a new Cloud', access(cloud()), 'CloudNotReady', false],
    ['a Cloud whose Secret is missing', access(cloud({ reason: 'CredentialsMissing' })), 'CredentialsMissing', false],
    ['a Cloud that only this process does not know', access(cloud({ status: 'True' })), 'CloudNotReady', true],
    [
      'a list that is not complete',
      access(cloud({ status: 'True' }), 'Ready', { type: 'Starting' }),
      'CloudNotReady',
      true,
    ],
    [
      'a list that fails',
      access(cloud({ status: 'True' }), 'Ready', listFailed('Unavailable')),
      'CloudUnavailable',
      false,
    ],
    ['a list that is refused', access(cloud({ status: 'True' }), 'Ready', listFailed('Refused')), 'Refused', false],
    ['an outage', access(cloud({ status: 'True' }), failed('Unavailable')), 'CloudUnavailable', false],
    ['a refused credential', access(cloud({ status: 'True' }), failed('Auth')), 'CredentialsRejected', false],
  ])('is closed for %s', (_, told, reason, starting) => {
    expect(told).toMatchObject({ state: 'Closed', reason, starting, message: expect.stringContaining('"vdi"') })
  })
})
