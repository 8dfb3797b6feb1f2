import type { Image } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { gibibytesOf, mebibytesOf } from '../../pkg/kube/quantity.ts'
import type { GlanceImage, GlanceVisibility } from '../../pkg/openstack/glance-image.ts'
import type { NewImage } from '../../pkg/openstack/image-service.ts'
import { markKey, markProperty } from '../../pkg/openstack/mark.ts'
import {
  type AppliedToImage,
  type ImagePatchOperation,
  imagePatch,
  type WantedImage,
} from '../../pkg/openstack/patch.ts'
import { importMethod } from './import-method.ts'
import { isUnchecked, uncheckedKey } from './unchecked.ts'

/** What must be checked first is shown to nobody, and can be deleted should it be wrong. */
const unseen = { visibility: 'private', os_hidden: true, protected: false } as const

/** The image to register: everything that spec says, our mark, and hidden as long as it must be checked first. */
export function newImage(image: Image, mark: string, id: string): NewImage {
  const { spec, metadata } = image
  const identity = { id, name: metadata.name, properties: { [markKey]: markProperty(mark, id) } }
  const formats = { disk_format: spec.diskFormat ?? 'raw', container_format: spec.containerFormat ?? 'bare' }
  // Made only to be deleted again (see planAbsent): without anything that Glance might protect or refuse.
  if (metadata.deletionTimestamp !== undefined) return { ...identity, ...formats }
  const unchecked = importMethod(image) !== undefined
  return {
    ...identity,
    ...formats,
    ...specifiedFields(image),
    ...(unchecked ? unseen : {}),
    properties: { ...spec.properties, ...identity.properties, ...(unchecked ? { [uncheckedKey]: 'true' } : {}) },
  }
}

/** What brings the image in Glance to what spec says; empty when it is so. */
export function neededPatch(image: Image, found: GlanceImage, mark: string): ImagePatchOperation[] {
  const { creates } = effectivePolicy(image)
  const unchecked = isUnchecked(found)
  const fields = specifiedFields(image)
  const wanted: WantedImage = {
    ...fields,
    ...(creates ? { name: image.spec.imageName ?? image.metadata.name } : {}),
    // Shared is what Glance gives to an image for which nobody says anything.
    ...(unchecked ? { os_hidden: false, visibility: fields.visibility ?? 'shared' } : {}),
    properties: { ...image.spec.properties, ...(creates ? { [markKey]: markProperty(mark, found.id) } : {}) },
  }
  const applied: AppliedToImage = {
    tags: image.status?.appliedTags ?? [],
    propertyKeys: [...(image.status?.appliedProperties ?? []), ...(unchecked ? [uncheckedKey] : [])],
  }
  return imagePatch(found, wanted, applied)
}

/** Keys and tags that spec asks for, together with those on record: what may be ours once the change is made. */
export function appliedUnion({ spec, status }: Image): { appliedProperties: string[]; appliedTags: string[] } {
  return {
    appliedProperties: union(status?.appliedProperties, Object.keys(spec.properties ?? {})),
    appliedTags: union(status?.appliedTags, spec.tags ?? []),
  }
}

/** The fields that spec names; what it leaves out is not ours. */
function specifiedFields({ spec }: Image): Omit<WantedImage, 'properties' | 'os_hidden'> {
  return {
    ...(spec.imageName === undefined ? {} : { name: spec.imageName }),
    ...(spec.visibility === undefined ? {} : { visibility: spec.visibility.toLowerCase() as GlanceVisibility }),
    ...(spec.protection === undefined ? {} : { protected: spec.protection === 'Protected' }),
    ...(spec.minDisk === undefined ? {} : { min_disk: gibibytesOf(spec.minDisk) }),
    ...(spec.minMemory === undefined ? {} : { min_ram: mebibytesOf(spec.minMemory) }),
    ...(spec.tags === undefined ? {} : { tags: spec.tags }),
  }
}

function union(before: readonly string[] = [], now: readonly string[] = []): string[] {
  return [...new Set([...before, ...now])].toSorted((a, b) => a.localeCompare(b))
}
