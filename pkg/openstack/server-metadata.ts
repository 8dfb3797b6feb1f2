import { createHash } from 'node:crypto'
import { type Mark, markKey } from './mark.ts'

/** Metadata of a server, as Nova holds it. */
export type ServerMetadata = Readonly<Record<string, string>>

/** What has to be done to a server's metadata: the keys to set, then those to take away. */
export interface MetadataPatch {
  set: Record<string, string>
  remove: string[]
}

/** What a Desktop was made from, when it was made. */
export interface TemplatePin {
  name: string
  uid: string
  generation: number
  imageID: string
  flavorID: string
}

/** What a server was before a resize. */
export interface ResizePreImage {
  /** Absent where Nova did not tell. */
  flavorID?: string
  flavorName: string
  vcpus: number
  /** MiB. */
  ram: number
  /** GiB. */
  disk: number
  /** Whether it ran. */
  running: boolean
  locked: boolean
  lockedReason?: string
  /** Newest migration before; absent where there was none. */
  migrationID?: number
  /** Request of the newest action before. */
  actionRequestID?: string
}

/** The latest resize of a server: against replays, and to find the way back where status is lost. */
export interface ResizeRecord {
  /** uid of the DesktopResize. */
  uid: string
  idempotencyKey: string
  /** Hash of what was asked for. */
  specHash: string
  preImage: ResizePreImage
  /** Absent until it is over. */
  outcome?: string
  /** Earlier ones that succeeded, the latest first, each as `resizeDigest`. */
  earlier?: string[]
}

export const templateKey = 'auxo_template'
export const resizeKey = 'auxo_resize'

/** A key and a hash in few characters: enough to know a resize again that was carried out before. */
export function resizeDigest(idempotencyKey: string, specHash: string): string {
  const short = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 8)
  return `${short(idempotencyKey)}.${short(specHash)}`
}

/** Longest value that Nova takes, in characters. */
const longestValue = 255

/** The mark of a server; `undefined` where there is none. */
export function readServerMark(server: { metadata: ServerMetadata }): Mark | undefined {
  const mark = server.metadata[markKey]
  return mark === '' ? undefined : mark
}

/** Metadata that a server is made with: whose it is, and what from. */
export function creationMetadata(mark: Mark, pin?: TemplatePin): Record<string, string> {
  return { [markKey]: mark, ...(pin === undefined ? {} : write(templateKey, pin)) }
}

/** `undefined` where there is none, or it was damaged. */
export function readTemplatePin(metadata: ServerMetadata): TemplatePin | undefined {
  const pin = read(metadata, templateKey) as Partial<TemplatePin> | undefined
  const { name, uid, generation, imageID, flavorID } = pin ?? {}
  if (typeof generation !== 'number' || !areTexts(name, uid, imageID, flavorID)) return undefined
  return pin as TemplatePin
}

/** `undefined` where there is none, or it was damaged. */
export function readResizeRecord(metadata: ServerMetadata): ResizeRecord | undefined {
  const record = read(metadata, resizeKey) as Partial<ResizeRecord> | undefined
  const { uid, idempotencyKey, specHash, preImage } = record ?? {}
  if (!areTexts(uid, idempotencyKey, specHash) || !isPreImage(preImage)) return undefined
  return record as ResizeRecord
}

/** What to change so that `metadata` holds this pin; nothing where it does. */
export function templatePinPatch(metadata: ServerMetadata, pin: TemplatePin): MetadataPatch {
  return patch(metadata, templateKey, pin)
}

/** What to change so that `metadata` holds this record instead of an earlier one; nothing where it does. */
export function resizeRecordPatch(metadata: ServerMetadata, record: ResizeRecord): MetadataPatch {
  return patch(metadata, resizeKey, record)
}

/** Keys that are ours: never set or taken away for a user. */
export function isOwnMetadataKey(key: string): boolean {
  return key === markKey || [templateKey, resizeKey].some((own) => key === own || indexOf(key, own) !== undefined)
}

function patch(metadata: ServerMetadata, key: string, value: object): MetadataPatch {
  const wanted = write(key, value)
  const set = Object.entries(wanted).filter(([name, text]) => metadata[name] !== text)
  const remove = Object.keys(metadata).filter((name) => indexOf(name, key) !== undefined && !(name in wanted))
  return { set: Object.fromEntries(set), remove }
}

/**
 * JSON in as many values as it takes: `key`, `key_1`, …; the first begins with their number and a checksum, so that
 * what was changed by hand is not taken for something else. Only ASCII, since a database may not take more, and Nova
 * counts characters in its own way.
 */
function write(key: string, value: object): Record<string, string> {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  const json = JSON.stringify(value).replace(/[^ -~]/g, escaped)
  const room = longestValue - '99:01234567:'.length
  const parts = json.match(new RegExp(`.{1,${room}}`, 'g')) ?? []
  const head = `${parts.length}:${checksum(json)}:`
  return Object.fromEntries(parts.map((part, i) => [partKey(key, i), i === 0 ? `${head}${part}` : part]))
}

function read(metadata: ServerMetadata, key: string): unknown {
  const [, count, sum, first] = /^(\d{1,2}):([0-9a-f]{8}):(.*)$/.exec(metadata[key] ?? '') ?? []
  if (count === undefined) return undefined
  const rest = Array.from({ length: Number(count) - 1 }, (_, i) => metadata[partKey(key, i + 1)] ?? '')
  const json = [first, ...rest].join('')
  return checksum(json) === sum ? JSON.parse(json) : undefined
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

function partKey(key: string, index: number): string {
  return index === 0 ? key : `${key}_${index}`
}

/** Which part of `key` a name stands for. */
function indexOf(name: string, key: string): number | undefined {
  if (!name.startsWith(`${key}_`)) return undefined
  const rest = name.slice(key.length + 1)
  return /^[1-9]\d?$/.test(rest) ? Number(rest) : undefined
}

function areTexts(...values: unknown[]): boolean {
  return values.every((value) => typeof value === 'string')
}

function isPreImage(value: unknown): value is ResizePreImage {
  const { flavorName, vcpus, ram, disk, running, locked } = (value ?? {}) as Partial<ResizePreImage>
  if (![vcpus, ram, disk].every((number) => typeof number === 'number')) return false
  return typeof flavorName === 'string' && typeof running === 'boolean' && typeof locked === 'boolean'
}
