import { checkPropertyKeys, type GlanceImage, type GlanceVisibility } from './glance-image.ts'

/** Media type of `imagePatch`'s result (Image API v2, "Update image"). */
export const imagePatchType = 'application/openstack-images-v2.1-json-patch'

/** What an image shall be; an absent field is not ours and is left alone. */
export interface WantedImage {
  name?: string
  visibility?: GlanceVisibility
  protected?: boolean
  /** GiB. */
  min_disk?: number
  /** MiB. */
  min_ram?: number
  os_hidden?: boolean
  /** Present on the image beside tags of others. */
  tags?: readonly string[]
  /** Present on the image beside properties of others. */
  properties?: Readonly<Record<string, string>>
}

/** What we applied earlier: only these tags and keys are ever removed by us. */
export interface AppliedToImage {
  tags: readonly string[]
  propertyKeys: readonly string[]
}

export interface ImagePatchOperation {
  op: 'add' | 'replace' | 'remove'
  /** JSON pointer (RFC 6901). */
  path: string
  value?: string | number | boolean | string[]
}

/** The smallest patch that brings `image` to `wanted`; empty when nothing is to be done. */
export function imagePatch(image: GlanceImage, wanted: WantedImage, applied: AppliedToImage): ImagePatchOperation[] {
  return [...fieldPatch(image, wanted), ...tagPatch(image, wanted, applied), ...propertyPatch(image, wanted, applied)]
}

const plainFields = ['name', 'visibility', 'protected', 'min_disk', 'min_ram', 'os_hidden'] as const

function fieldPatch(image: GlanceImage, wanted: WantedImage): ImagePatchOperation[] {
  const operations: ImagePatchOperation[] = []
  for (const field of plainFields) {
    const value = wanted[field]
    if (value !== undefined && value !== image[field]) operations.push({ op: 'replace', path: `/${field}`, value })
  }
  return operations
}

function tagPatch(image: GlanceImage, wanted: WantedImage, applied: AppliedToImage): ImagePatchOperation[] {
  const wantedTags = wanted.tags ?? []
  const dropped = new Set(applied.tags.filter((tag) => !wantedTags.includes(tag)))
  const kept = image.tags.filter((tag) => !dropped.has(tag))
  const missing = [...new Set(wantedTags)].filter((tag) => !image.tags.includes(tag))
  if (missing.length === 0 && kept.length === image.tags.length) return []
  return [{ op: 'replace', path: '/tags', value: [...kept, ...missing] }]
}

function propertyPatch(image: GlanceImage, wanted: WantedImage, applied: AppliedToImage): ImagePatchOperation[] {
  const properties = wanted.properties ?? {}
  checkPropertyKeys(properties)
  const operations: ImagePatchOperation[] = []
  for (const [key, value] of Object.entries(properties)) {
    const present = Object.hasOwn(image.properties, key)
    if (present && image.properties[key] === value) continue
    operations.push({ op: present ? 'replace' : 'add', path: `/${pointerPart(key)}`, value })
  }
  for (const key of new Set(applied.propertyKeys)) {
    if (Object.hasOwn(properties, key) || !Object.hasOwn(image.properties, key)) continue
    operations.push({ op: 'remove', path: `/${pointerPart(key)}` })
  }
  return operations
}

function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
