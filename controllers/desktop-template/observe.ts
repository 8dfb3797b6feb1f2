import type { Cloud, Desktop, DesktopTemplate, Flavor, Image } from '../../api/v1alpha1/objects.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import { gibibytesOf, mebibytesOf } from '../../pkg/kube/quantity.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudAccess, cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { NewFlavor } from '../../pkg/openstack/flavor-service.ts'
import { flavorMarkOf, markOf } from '../../pkg/openstack/mark.ts'
import { ownFlavor, ownFlavorsOf } from '../../pkg/openstack/own-flavor.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { wait } from './plan.ts'

/** What observation reads; all of it is in memory. */
export interface ObserveSources {
  registry: CloudRegistry
  cloudOf(template: DesktopTemplate): Cloud | undefined
  image(namespace: string, name: string): Image | undefined
  flavor(namespace: string, name: string): Flavor | undefined
  /** Desktops whose source is the template. */
  desktopsOf(template: DesktopTemplate): readonly Desktop[]
}

/** Gathers what `plan` needs. */
export function observe(template: DesktopTemplate, sources: ObserveSources): Observed {
  const cloudKey = cloudKeyOf(template)
  sources.registry.get(cloudKey)?.flavorInventory.need(claimOfKey(keyOf(template)))
  const access = cloudAccess(sources.registry, cloudKey, sources.cloudOf(template), (to) => to.flavorInventory)
  if (access.state === 'Closed') return access
  const { cloud } = access
  const { namespace, name } = template.metadata
  const mark = flavorMarkOf('DesktopTemplate', markOf(cloud.ownerID, namespace, name))
  const own = wantedFlavor(template, mark)
  const going = template.metadata.deletionTimestamp !== undefined
  const keep = going ? undefined : own?.id
  return {
    state: 'Ready',
    image: imageOf(template, sources, cloud),
    flavor: flavorOf(template, sources, cloud, own),
    ownFlavor: own,
    leftovers: ownFlavorsOf(mark, cloud).flatMap(({ id }) => (id === keep ? [] : [id])),
    usedBy: sources.desktopsOf(template).flatMap(({ metadata, status }) => {
      return status?.id === undefined && metadata.deletionTimestamp === undefined ? [metadata.name] : []
    }),
  }
}

/** By what name a template needs inventories that objects of other kinds need too. */
export function claimOfKey(key: string): string {
  return `DesktopTemplate/${key}`
}

function wantedFlavor({ spec, metadata }: DesktopTemplate, mark: string): NewFlavor | undefined {
  if (spec.resources === undefined) return undefined
  const { cpus, memory, disk = '0Gi' } = spec.resources
  return ownFlavor(mark, metadata, { vcpus: cpus, ram: mebibytesOf(memory), disk: gibibytesOf(disk) })
}

/** An image must be enabled when the template first takes it; a template that has it already keeps working. */
function imageOf(
  { spec, metadata, status }: DesktopTemplate,
  sources: ObserveSources,
  { imageInventory }: ConnectedCloud,
): ObservedInCloud['image'] {
  const { name, id: pinned } = spec.imageRef
  const image = sources.image(metadata.namespace, name)
  if (image === undefined) return wait('ImageMissing', `there is no Image "${name}" in this namespace; make it`)
  const ready = conditionOf(image, 'Ready')
  const id = image.status?.id
  if (id === undefined || ready?.status !== 'True') {
    return wait('ImageNotReady', `Image "${name}" is not ready: ${ready?.message ?? 'it is new'}`)
  }
  if (pinned !== undefined && pinned !== id) {
    return wait('ImageChanged', `Image "${name}" has the id ${id}, not ${pinned} as imageRef says`)
  }
  if (image.status?.enablement === 'Disabled' && status?.imageID !== id) {
    return wait('ImageDisabled', `Image "${name}" is disabled; enable it, or use another`)
  }
  const { min_disk: minDisk = 0, min_ram: minMemory = 0 } = imageInventory.get(id) ?? {}
  return { id, minDisk, minMemory }
}

function flavorOf(
  { spec, metadata }: DesktopTemplate,
  sources: ObserveSources,
  { flavorInventory }: ConnectedCloud,
  own: NewFlavor | undefined,
): ObservedInCloud['flavor'] {
  if (own !== undefined) return flavorInventory.get(own.id)
  const name = spec.flavorRef?.name ?? ''
  const flavor = sources.flavor(metadata.namespace, name)
  if (flavor === undefined) return wait('FlavorMissing', `there is no Flavor "${name}" in this namespace; make it`)
  const id = flavor.status?.id
  const ready = conditionOf(flavor, 'Ready')
  if (id === undefined || ready?.status !== 'True') {
    return wait('FlavorNotReady', `Flavor "${name}" is not ready: ${ready?.message ?? 'it is new'}`)
  }
  return flavorInventory.get(id)
}
