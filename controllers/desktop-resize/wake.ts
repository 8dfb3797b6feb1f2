import type { Cloud, Desktop, DesktopResize, ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { followClouds } from '../../pkg/cloud-objects/wake.ts'
import type { Informer } from '../../pkg/kube/informer.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import type { CloudRegistry } from '../../pkg/openstack/cloud-registry.ts'
import { Ledger } from './ledger.ts'

export interface WakeSources {
  resizes: Informer<DesktopResize>
  /** Has the index `cloudID`: `namespace/cloud/id` of the server that a Desktop holds. */
  desktops: Informer<Desktop>
  quotas: Informer<ProjectQuota>
  clouds: Informer<Cloud>
  registry: CloudRegistry
  /** A DesktopResize (`namespace/name`) shall be looked at. */
  wake(key: string): void
}

/** Sees to it that exactly the resizes are looked at that a change concerns. Returns what ends that. */
export function wakeOn({ resizes, desktops, quotas, clouds, registry, wake }: WakeSources): () => void {
  const ofDesktop = (desktopKey: string) => {
    for (const resize of resizes.byIndex('desktop', desktopKey)) if (isUnfinished(resize)) wake(keyOf(resize))
  }
  const waitingForRoom = (namespace: string | undefined) => {
    for (const resize of resizes.list()) {
      if (resize.metadata.namespace === namespace && waitsForRoom(resize)) wake(keyOf(resize))
    }
  }
  const ends = [
    followClouds({
      ...{ registry, clouds, objects: desktops, wake: ofDesktop },
      inventoryOf: ({ serverInventory }) => serverInventory,
      indexes: { cloudID: ({ id }) => id },
    }),
    desktops.subscribe(({ object }) => ofDesktop(keyOf(object))),
    // One that ended lets the next of its desktop begin, and the next of its project.
    resizes.subscribe(({ type, object }) => {
      if (type !== 'Deleted' && isUnfinished(object)) return
      ofDesktop(`${object.metadata.namespace}/${object.spec.desktopRef.name}`)
      waitingForRoom(object.metadata.namespace)
    }),
    quotas.subscribe((event) => {
      if (event.type !== 'Updated' || hasMoreRoom(event)) waitingForRoom(event.object.metadata.namespace)
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

export function isUnfinished({ status }: DesktopResize): boolean {
  return status?.outcome === undefined
}

function waitsForRoom(resize: DesktopResize): boolean {
  return isUnfinished(resize) && new Ledger(resize).isOpen('Hold')
}

/** Others' new holds are no reason to try again. */
function hasMoreRoom({ object, previous }: { object: ProjectQuota; previous: ProjectQuota }): boolean {
  const sum = ({ status }: ProjectQuota) =>
    (status?.holds ?? []).reduce((total, { cpus, memoryMiB }) => total + cpus + memoryMiB, 0)
  const shown = ({ status }: ProjectQuota) => JSON.stringify([status?.project, status?.limits, status?.used])
  return sum(object) < sum(previous) || shown(object) !== shown(previous)
}
