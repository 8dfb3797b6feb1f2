import type { DesktopReason } from '../../api/v1alpha1/desktop-reasons.ts'
import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import { gibibytesOf, mebibytesOf } from '../../pkg/kube/quantity.ts'
import type { FlavorSize } from '../../pkg/openstack/mark.ts'
import type { TemplatePin } from '../../pkg/openstack/server-metadata.ts'
import type { Neighbours } from './sources.ts'

/** What the objects of the cluster say that a server is made of; networks and secrets are still names. */
export interface Ingredients {
  imageID: string
  /** The flavor to use as it is; absent where the desktop has one of its own. */
  flavorID: string | undefined
  /** The size of the flavor, as far as it is known. */
  size: FlavorSize | undefined
  networks: NonNullable<Desktop['spec']['networks']>
  securityGroups: readonly string[] | undefined
  availabilityZone: string | undefined
  storage: Desktop['spec']['storage']
  pin: TemplatePin | undefined
}

/** Something that spec refers to is missing or not ready. */
export class Blocked extends Error {
  readonly reason: DesktopReason

  constructor(reason: DesktopReason, message: string) {
    super(message)
    this.reason = reason
  }
}

/** Puts together what template, image and flavor give and what the desktop says itself. Throws `Blocked`. */
export function ingredientsOf(desktop: Desktop, neighbours: Neighbours): Ingredients {
  const { spec } = desktop
  const base = spec.source.type === 'Template' ? fromTemplate(desktop, neighbours) : fromImage(desktop, neighbours)
  const size = overridden(base.size, spec.resources)
  return {
    ...base,
    size,
    flavorID: spec.resources === undefined ? base.flavorID : undefined,
    networks: spec.networks ?? base.networks,
    securityGroups: spec.securityGroups ?? base.securityGroups,
    availabilityZone: spec.availabilityZone ?? base.availabilityZone,
    storage: spec.storage ?? base.storage,
  }
}

function fromTemplate({ metadata, spec }: Desktop, neighbours: Neighbours): Ingredients {
  const name = spec.source.template?.name ?? ''
  const template = neighbours.template(metadata.namespace, name)
  if (template === undefined) {
    throw new Blocked('TemplateNotFound', `there is no DesktopTemplate "${name}" in this namespace; make it`)
  }
  const { imageID, flavorID, cpus, memory, disk } = template.status ?? {}
  if (imageID === undefined || flavorID === undefined || cpus === undefined || memory === undefined) {
    const ready = conditionOf(template, 'Ready')
    throw new Blocked('TemplateNotReady', `DesktopTemplate "${name}" is not ready: ${ready?.message ?? 'it is new'}`)
  }
  const { uid = '', generation = 0 } = template.metadata
  return {
    imageID,
    flavorID,
    size: { vcpus: cpus, ram: mebibytesOf(memory), disk: disk === undefined ? 0 : gibibytesOf(disk) },
    networks: template.spec.networks,
    securityGroups: template.spec.securityGroups,
    availabilityZone: template.spec.availabilityZone,
    storage: template.spec.storage,
    pin: { name, uid, generation, imageID, flavorID },
  }
}

function fromImage({ metadata, spec }: Desktop, neighbours: Neighbours): Ingredients {
  const { imageRef, flavorRef } = spec.source.image ?? { imageRef: { name: '' } }
  const image = neighbours.image(metadata.namespace, imageRef.name)
  if (image === undefined) throw new Blocked('ImageMissing', `there is no Image "${imageRef.name}" in this namespace`)
  const { id, enablement } = image.status ?? {}
  const ready = conditionOf(image, 'Ready')
  if (id === undefined || ready?.status !== 'True') {
    throw new Blocked('ImageNotReady', `Image "${imageRef.name}" is not ready: ${ready?.message ?? 'it is new'}`)
  }
  if (imageRef.id !== undefined && imageRef.id !== id) {
    throw new Blocked('ImageChanged', `Image "${imageRef.name}" has the id ${id}, not ${imageRef.id} as imageRef says`)
  }
  if (enablement === 'Disabled') {
    throw new Blocked('ImageDisabled', `Image "${imageRef.name}" is disabled; enable it, or use another`)
  }
  const flavor = flavorRef && flavorOf(metadata.namespace, flavorRef.name, neighbours)
  return {
    imageID: id,
    ...{ flavorID: flavor?.id, size: flavor?.size },
    networks: [],
    ...{ securityGroups: undefined, availabilityZone: undefined, storage: undefined, pin: undefined },
  }
}

function flavorOf(namespace: string, name: string, neighbours: Neighbours): { id: string; size: FlavorSize } {
  const flavor = neighbours.flavor(namespace, name)
  if (flavor === undefined)
    throw new Blocked('FlavorMissing', `there is no Flavor "${name}" in this namespace; make it`)
  const { id, cpus, memory, disk } = flavor.status ?? {}
  if (id === undefined || cpus === undefined || memory === undefined) {
    const ready = conditionOf(flavor, 'Ready')
    throw new Blocked('FlavorNotReady', `Flavor "${name}" is not ready: ${ready?.message ?? 'it is new'}`)
  }
  return { id, size: { vcpus: cpus, ram: mebibytesOf(memory), disk: disk === undefined ? 0 : gibibytesOf(disk) } }
}

function overridden(base: FlavorSize | undefined, resources: Desktop['spec']['resources']): FlavorSize | undefined {
  if (resources === undefined) return base
  const { cpus, memory, disk } = resources
  return {
    vcpus: cpus ?? base?.vcpus ?? 1,
    ram: memory === undefined ? (base?.ram ?? 0) : mebibytesOf(memory),
    disk: disk === undefined ? (base?.disk ?? 0) : gibibytesOf(disk),
  }
}
