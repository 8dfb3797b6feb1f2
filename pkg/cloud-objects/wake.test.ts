import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import { eventually } from '../../test/support/eventually.ts'
import { KubeClient } from '../kube/client.ts'
import { type Connection, plainConnection } from '../kube/connection.ts'
import { Informer } from '../kube/informer.ts'
import type { KubeObject } from '../kube/resource.ts'
import { CloudHealth } from '../openstack/cloud-health.ts'
import { CloudRegistry, type ConnectedCloud } from '../openstack/cloud-registry.ts'
import { Inventory } from '../openstack/inventory.ts'
import { followClouds, wakeHolders } from './wake.ts'

/** A thing in a cloud that may bear a mark. */
interface Thing {
  id: string
  name: string
  mark?: string
}
interface Volume extends KubeObject {
  spec: { id?: string; name?: string }
}

const key = 'desktops/vdi'
const heldIDs = ({ spec }: Volume) => (spec.id === undefined ? [] : [`${key}/${spec.id}`])

let connection: Connection
let clouds: Informer<Cloud>
let volumes: Informer<Volume>
let registry: CloudRegistry
let inventory: Inventory<Thing>
let woken: string[]
let ends: (() => void)[]

beforeEach(() => {
  connection = plainConnection({ server: 'http://127.0.0.1:9' })
  const type = { group: 'vdi.auxo.dev', version: 'v1alpha1' }
  // Never run: what they hold is what `observed` gives them.
  const client = new KubeClient({ connection })
  clouds = new Informer<Cloud>({ client, type: { ...type, kind: 'Cloud', plural: 'clouds' } })
  volumes = new Informer<Volume>({
    client,
    type: { ...type, kind: 'Volume', plural: 'volumes' },
    indexes: {
      cloud: () => [key],
      id: heldIDs,
      name: ({ spec }) => (spec.name === undefined ? [] : [`${key}/${spec.name}`]),
    },
  })
  registry = new CloudRegistry()
  inventory = new Inventory<Thing>({
    idOf: ({ id }) => id,
    updatedAt: () => 0,
    everything: async () => [],
    changes: async () => [],
    get: async () => undefined,
  })
  woken = []
  ends = []
})
afterEach(async () => {
  for (const end of ends) end()
  await connection.close()
})

const wake = (object: string) => woken.push(object)

function follow(): void {
  const end = followClouds<Volume, Thing>({
    ...{ registry, clouds, objects: volumes, wake },
    inventoryOf: () => inventory,
    markOf: ({ mark }) => mark,
    indexes: { id: ({ id }) => id, name: ({ name }) => name },
  })
  ends.push(end)
}

function connect(): void {
  registry.connect(key, { ownerID: 'acme', health: new CloudHealth() } as ConnectedCloud)
}

let version = 0
function put(name: string, spec: Volume['spec'] = {}): void {
  version += 1
  volumes.observed({ metadata: { namespace: 'desktops', name, resourceVersion: `${version}` }, spec })
}

describe('followClouds', () => {
  it('wakes whom a thing concerns: by mark of this installation and namespace, and by index', () => {
    put('by-id', { id: '1' })
    put('by-name', { name: 'one' })
    put('bystander', { id: '2', name: 'two' })
    follow()
    connect()
    woken = []
    inventory.observed({ id: '1', name: 'one', mark: 'acme/desktops/maker' })
    expect(woken.toSorted()).toEqual(['desktops/by-id', 'desktops/by-name', 'desktops/maker'])
    woken = []
    inventory.observed({ id: '1', name: 'renamed', mark: 'acme/elsewhere/maker' })
    // Whom it concerned before its change is concerned by the change.
    expect(woken.toSorted()).toEqual(['desktops/by-id', 'desktops/by-name', 'desktops/maker'])
    woken = []
    inventory.observed({ id: '1', name: 'renamed', mark: 'other/desktops/maker' })
    expect(woken).toEqual(['desktops/by-id'])
  })

  it('wakes all objects of a cloud when it is connected, when its first list came, and when it goes', async () => {
    put('a')
    follow()
    connect()
    expect(woken).toEqual(['desktops/a'])
    const stop = new AbortController()
    const running = inventory.run(stop.signal)
    await eventually('the first list', () => woken.length === 2)
    stop.abort()
    await running
    registry.disconnect(key)
    expect(woken).toHaveLength(3)
    inventory.observed({ id: '1', name: 'one', mark: 'acme/desktops/a' })
    expect(woken).toHaveLength(3)
  })

  it('wakes them when the Cloud says something else, not at each of its status writes', () => {
    const cloud = (message: string, total: number): Cloud => {
      version += 1
      return {
        metadata: { namespace: 'desktops', name: 'vdi', resourceVersion: `${version}` },
        spec: { ownerID: 'acme', credentials: { secretRef: { name: 's' }, cloudName: 'c' } },
        status: {
          images: { total },
          conditions: [{ type: 'Ready', status: 'True', reason: 'Connected', message, lastTransitionTime: '' }],
        },
      } as Cloud
    }
    put('a')
    clouds.observed(cloud('well', 1))
    follow()
    clouds.observed(cloud('well', 2))
    expect(woken).toEqual([])
    clouds.observed(cloud('not so well', 2))
    expect(woken).toEqual(['desktops/a'])
  })
})

describe('wakeHolders', () => {
  it('wakes the others that hold a thing when an object comes to hold it or lets go, and nobody otherwise', () => {
    put('a', { id: '1' })
    put('b', { id: '2' })
    ends.push(wakeHolders(volumes, ['id', heldIDs], wake))
    put('c', { id: '1' })
    expect(woken).toEqual(['desktops/a'])
    put('c', { id: '1', name: 'new' })
    expect(woken).toEqual(['desktops/a'])
    put('c', { id: '2' })
    expect(woken).toEqual(['desktops/a', 'desktops/a', 'desktops/b'])
  })
})
