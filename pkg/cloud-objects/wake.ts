import type { Cloud } from '../../api/v1alpha1/objects.ts'
import { conditionOf } from '../kube/conditions.ts'
import type { Informer, InformerEvent } from '../kube/informer.ts'
import { type KubeObject, keyOf, splitKey } from '../kube/resource.ts'
import type { IndexFunction } from '../kube/store.ts'
import type { CloudRegistry, ConnectedCloud } from '../openstack/cloud-registry.ts'
import type { InventoryChange, InventoryReader } from '../openstack/inventory.ts'
import type { Mark } from '../openstack/mark.ts'

/** How the objects of a kind are found for the things `T` of the clouds that they live in. */
export interface Following<O extends KubeObject, T> {
  registry: CloudRegistry
  clouds: Informer<Cloud>
  /** Has the index `cloud`. */
  objects: Informer<O>
  inventoryOf(cloud: ConnectedCloud): InventoryReader<T>
  /** The mark that a thing bears: it names the object that made it. */
  markOf?(item: NoInfer<T>): Mark | undefined
  /** By index of `objects`: what is behind `namespace/cloud/` in the values under which a thing's objects are found. */
  indexes: Readonly<Record<string, (item: NoInfer<T>) => string | undefined>>
  /** An object (`namespace/name`) shall be looked at. */
  wake(key: string): void
  /** A thing appeared, changed or vanished. */
  onItem?(cloudKey: string, id: string): void
  /** A cloud was connected or lost, its first list came, or it says something else of itself. */
  onCloud?(cloudKey: string): void
}

/** Sees to it that exactly the objects are looked at that a change in or of a cloud concerns. Returns what ends that. */
export function followClouds<O extends KubeObject, T>(following: Following<O, T>): () => void {
  const { registry, clouds, objects, inventoryOf } = following
  const inventories = new Map<string, () => void>()
  const wakeAll = (cloudKey: string) => {
    for (const object of objects.byIndex('cloud', cloudKey)) following.wake(keyOf(object))
    following.onCloud?.(cloudKey)
  }
  const follow = (cloudKey: string) => {
    inventories.get(cloudKey)?.()
    const cloud = registry.get(cloudKey)
    if (cloud === undefined) return
    const tell = (changes: readonly InventoryChange<T>[]) => {
      // The first list is complete: now it can be told what is not there.
      if (changes.length === 0) wakeAll(cloudKey)
      for (const change of changes) wakeForChange(following, cloudKey, cloud.ownerID, change)
    }
    inventories.set(cloudKey, inventoryOf(cloud).subscribe(tell))
  }
  const ends = [
    registry.subscribe((cloudKey, change) => {
      if (change === 'Connected') follow(cloudKey)
      if (change === 'Disconnected') inventories.get(cloudKey)?.()
      wakeAll(cloudKey)
    }),
    clouds.subscribe((event) => {
      if (cloudMatters(event)) wakeAll(keyOf(event.object))
    }),
  ]
  return () => {
    for (const end of [...ends, ...inventories.values()]) end()
  }
}

function wakeForChange<O extends KubeObject, T>(
  { objects, markOf, indexes, wake, onItem }: Following<O, T>,
  cloudKey: string,
  ownerID: string,
  { id, item, previous }: InventoryChange<T>,
): void {
  const concerned = new Set<string>()
  for (const known of [item, previous]) {
    if (known === undefined) continue
    const mark = markOf?.(known)
    const prefix = `${ownerID}/${splitKey(cloudKey).namespace}/`
    if (mark?.startsWith(prefix)) concerned.add(mark.slice(ownerID.length + 1))
    for (const [index, valueIn] of Object.entries(indexes)) {
      const value = valueIn(known)
      if (value === undefined) continue
      for (const object of objects.byIndex(index, `${cloudKey}/${value}`)) concerned.add(keyOf(object))
    }
  }
  for (const key of concerned) wake(key)
  onItem?.(cloudKey, id)
}

/** Objects show what their Cloud's `Ready` says, and what it says of synchronised things. */
function cloudMatters(event: InformerEvent<Cloud>): boolean {
  if (event.type !== 'Updated') return true
  const told = (cloud: Cloud) => {
    const ready = conditionOf(cloud, 'Ready')
    return JSON.stringify([ready?.status, ready?.reason, ready?.message, cloud.spec.synchronize])
  }
  return told(event.object) !== told(event.previous)
}

/**
 * When an object comes, goes, or finds its thing, others may hold the same one with a better or worse right. `index`
 * has the things that an object holds, as `namespace/cloud/id`.
 */
export function wakeHolders<O extends KubeObject>(
  objects: Informer<O>,
  [index, valuesOf]: readonly [string, IndexFunction<O>],
  wake: (key: string) => void,
  onItem?: (cloudKey: string, id: string) => void,
): () => void {
  return objects.subscribe((event) => {
    const before = event.type === 'Added' ? [] : valuesOf(event.previous)
    const now = event.type === 'Deleted' ? [] : valuesOf(event.object)
    for (const value of new Set([...before, ...now])) {
      if (before.includes(value) && now.includes(value)) continue
      const cut = value.lastIndexOf('/')
      onItem?.(value.slice(0, cut), value.slice(cut + 1))
      for (const other of objects.byIndex(index, value)) {
        if (keyOf(other) !== keyOf(event.object)) wake(keyOf(other))
      }
    }
  })
}
