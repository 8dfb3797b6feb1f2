import { createHash } from 'node:crypto'

/**
 * Whose a thing in the cloud is: `<ownerID>/<namespace>/<name>`. It is made of what Git holds, not of a uid, so that it
 * is found again after lost status, a restored backup or a rebuilt cluster.
 */
export type Mark = string

/** The property of a Glance image, or the metadata of a server, that holds our mark. */
export const markKey = 'auxo_mark'

/** The mark of the object `namespace/name` of the installation `ownerID` (`Cloud.spec.ownerID`). */
export function markOf(ownerID: string, namespace: string, name: string): Mark {
  return `${ownerID}/${namespace}/${name}`
}

/** Our own UUID namespace (RFC 9562 §5.5); it must never change, ids are derived from it. */
const uuidNamespace = Buffer.from('6f2bb1c04f1d5d0c9f5e2f6a7c1d8e93', 'hex')

/**
 * The id that we choose for an image: UUIDv5 of the mark and an attempt number. The attempt is recorded before POST;
 * it grows when an id is used up (Glance keeps ids of deleted images taken).
 */
export function imageIdFor(mark: Mark, attempt: number): string {
  return uuidFor(`${mark}#${attempt}`)
}

/** Kinds for whose objects flavors are made. */
export type FlavorMaker = 'Flavor' | 'DesktopTemplate' | 'Desktop'

/**
 * Whose a flavor is: the mark of an object with its kind behind it, since objects of several kinds have flavors and may
 * have the same name. It is what `flavorIdFor` and `flavorDescription` are given.
 */
export function flavorMarkOf(maker: FlavorMaker, mark: Mark): Mark {
  return `${mark}/${maker}`
}

/** The mark of the object of that kind for which a flavor was made; `undefined` for any other flavor. */
export function readMarkOfMaker(maker: FlavorMaker, flavor: { description?: string | undefined }): Mark | undefined {
  const mark = readFlavorMark(flavor)
  return mark?.endsWith(`/${maker}`) ? mark.slice(0, -1 - maker.length) : undefined
}

/** What a flavor is made for. */
export interface FlavorSize {
  vcpus: number
  /** MiB. */
  ram: number
  /** GiB. */
  disk: number
  /** GiB. */
  ephemeral?: number | undefined
  /** MiB. */
  swap?: number | undefined
}

/** The id that we choose for a flavor of that size which is made for the object with this mark. */
export function flavorIdFor(mark: Mark, { vcpus, ram, disk, ephemeral = 0, swap = 0 }: FlavorSize): string {
  return uuidFor(`${mark}#flavor/${vcpus}/${ram}/${disk}/${ephemeral}/${swap}`)
}

/** The id that we choose for the flavor of the DesktopResize with this uid. */
export function resizeFlavorIdFor(uid: string): string {
  return uuidFor(`resize/${uid}`)
}

/** UUIDv5 (RFC 9562 §5.5) of a text in our namespace. */
function uuidFor(text: string): string {
  const hash = createHash('sha1').update(uuidNamespace).update(text, 'utf8').digest().subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The `description` of a flavor that was made for the object with this mark (2.55). */
export function flavorDescription(mark: Mark): string {
  return `${markKey}=${mark}`
}

/** The mark of a flavor; `undefined` where there is none. */
export function readFlavorMark(flavor: { description?: string | undefined }): Mark | undefined {
  const mark = flavor.description?.startsWith(`${markKey}=`) ? flavor.description.slice(markKey.length + 1) : ''
  return mark === '' ? undefined : mark
}

/** The value of `auxo_mark` for the image `id`: the mark and the id, since Nova copies properties into snapshots. */
export function markProperty(mark: Mark, id: string): string {
  return `${mark}@${id}`
}

/** The mark of an image; `undefined` where there is none, or one that was copied from another image. */
export function readMark(image: { id: string; properties: Readonly<Record<string, string>> }): Mark | undefined {
  const value = image.properties[markKey]
  const at = value?.lastIndexOf('@') ?? -1
  if (value === undefined || at <= 0) return undefined
  return value.slice(at + 1) === image.id ? value.slice(0, at) : undefined
}
