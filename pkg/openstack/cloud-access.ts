import type { Cloud } from '../../api/v1alpha1/objects.ts'
import type { CloudRegistry, ConnectedCloud } from './cloud-registry.ts'
import { OpenStackError } from './errors.ts'
import type { InventoryReader } from './inventory.ts'

/** What an object that lives in a cloud may expect of it just now. */
export type CloudAccess =
  | { state: 'Ready'; cloud: ConnectedCloud; spec: Cloud['spec'] }
  /** Nothing can be asked; the same reason and message for every object of the cloud. */
  | {
      state: 'Closed'
      reason: string
      message: string
      /** Only this process does not know the cloud yet (it began just now): no reason to say anything else than before. */
      starting: boolean
    }

/** `namespace/name` of the Cloud that an object refers to. */
export function cloudKeyOf(object: { metadata: { namespace: string }; spec: { cloudRef: { name: string } } }): string {
  return `${object.metadata.namespace}/${object.spec.cloudRef.name}`
}

/**
 * The cloud that an object refers to: usable only when it is connected, answers, and the inventory that the object's
 * kind decides by (`inventoryOf`) was complete once.
 * Everything else is one condition that all its objects share, and that ends without anybody touching them.
 */
export function cloudAccess(
  registry: CloudRegistry,
  key: string,
  object: Cloud | undefined,
  inventoryOf: (cloud: ConnectedCloud) => Pick<InventoryReader<unknown>, 'synced' | 'state'>,
): CloudAccess {
  const name = key.slice(key.indexOf('/') + 1)
  if (object === undefined) {
    return closed('CloudNotFound', `there is no Cloud "${name}" in this namespace; make one, or correct cloudRef`)
  }
  const cloud = registry.get(key)
  const health = cloud?.health.state
  if (cloud === undefined || health === 'Connecting') {
    const ready = object.status?.conditions?.find(({ type }) => type === 'Ready')
    if (ready?.status === 'True') return closed('CloudNotReady', `Cloud "${name}": not connected yet`, true)
    return closed(ready?.reason ?? 'CloudNotReady', `Cloud "${name}": ${ready?.message ?? 'not connected yet'}`)
  }
  if (health !== 'Ready' && health !== undefined) {
    const reason = health.failure.class === 'Auth' ? 'CredentialsRejected' : 'CloudUnavailable'
    return closed(
      reason,
      `Cloud "${name}": ${health.failure.message}; nothing is known of this object until it answers`,
    )
  }
  const { synced, state } = inventoryOf(cloud)
  if (synced) return { state: 'Ready', cloud, spec: object.spec }
  if (state.type !== 'Failed')
    return closed('CloudNotReady', `Cloud "${name}": its first list is not complete yet`, true)
  const reason = state.failure.class === 'Refused' ? 'Refused' : 'CloudUnavailable'
  return closed(reason, `Cloud "${name}": ${state.failure.message}; nothing is known of this object until it is listed`)
}

/** The cloud of an object that was observed as ready just now. Throws where it was disconnected meanwhile. */
export function connectedCloud(registry: CloudRegistry, key: string): ConnectedCloud {
  const cloud = registry.get(key)
  if (cloud !== undefined) return cloud
  const message = `Cloud "${key.slice(key.indexOf('/') + 1)}" was disconnected meanwhile`
  throw new OpenStackError(message, { class: 'Unavailable', code: 'Disconnected' })
}

function closed(reason: string, message: string, starting = false): CloudAccess {
  return { state: 'Closed', reason, message, starting }
}
