import { randomUUID } from 'node:crypto'
import { type Call, HttpError } from '../http.ts'
import type { ImageFacts } from '../image-facts.ts'
import { checkImage } from './volume-image.ts'
import { checkRoom } from './volume-quota.ts'
import { addTask, timestamp, type Volume, type VolumeState, type VolumeType } from './volume-state.ts'

/** Who asks, and when. That a reader may only read is not one of the lab's rules: Cinder's new defaults are off. */
export interface Caller {
  readonly projectId: string
  readonly userId: string
  readonly isAdmin: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

export function callerOf({ token }: Call, now: number): Caller {
  const roles = token?.roles ?? []
  const who = { projectId: token?.project?.id ?? '', userId: token?.user.id ?? '' }
  return { ...who, isAdmin: roles.includes('admin'), now }
}

/** `action` is a rule of the policy, as `volume:create`. */
export function disallowed(action: string): HttpError {
  return new HttpError(403, `Policy doesn't allow ${action} to be performed.`)
}

export interface NewVolume {
  readonly size?: unknown
  readonly name?: string | null
  readonly description?: string | null
  /** Name or id. */
  readonly volume_type?: string | null
  readonly availability_zone?: string | null
  readonly metadata?: Record<string, string> | null
  readonly image?: ImageFacts | undefined
}

/** The lab's `default_volume_type`. */
const DEFAULT_TYPE = 'ssd'
const DELETABLE = ['available', 'error', 'error_restoring', 'error_extending', 'error_managing']

export function volumeType(state: VolumeState, nameOrId: string): VolumeType {
  const found = state.types.find(({ id, name }) => id === nameOrId || name === nameOrId)
  if (!found) throw new HttpError(404, `Volume type with name ${nameOrId} could not be found.`)
  return found
}

export function visibleVolume(state: VolumeState, id: string, caller: Caller): Volume {
  const volume = state.volumes.find((one) => one.id === id)
  if (!volume || (!caller.isAdmin && volume.projectId !== caller.projectId)) {
    throw new HttpError(404, `Volume ${id} could not be found.`)
  }
  return volume
}

/** A new volume, `creating` until its task has run. */
export function createVolume(state: VolumeState, wanted: NewVolume, caller: Caller): Volume {
  const type = volumeType(state, wanted.volume_type ?? DEFAULT_TYPE)
  const size = checkedSize(wanted.size)
  if (wanted.image) checkImage(wanted.image, size)
  const zone = wanted.availability_zone ?? 'nova'
  if (zone !== 'nova') throw invalidInput(`Availability zone '${zone}' is invalid.`)
  checkRoom(state, caller.projectId, size, type.name)
  const time = timestamp(caller.now)
  const volume: Volume = {
    ...{ id: randomUUID(), projectId: caller.projectId, userId: caller.userId, size, typeId: type.id },
    ...{ name: wanted.name ?? null, description: wanted.description ?? null, metadata: { ...wanted.metadata } },
    ...{ availabilityZone: zone, status: 'creating', attachments: [], createdAt: time, updatedAt: time },
    image: wanted.image ? { id: wanted.image.id, name: wanted.image.name } : null,
  }
  state.volumes.push(volume)
  addTask(state, 'Create', volume.id, caller.now)
  return volume
}

function checkedSize(size: unknown): number {
  const number = Number(size)
  if (size !== null && size !== '' && Number.isInteger(number) && number > 0) return number
  const must = '(size argument must be an integer (or string representation of an integer) and greater than zero).'
  throw invalidInput(`Invalid volume size provided for create request: ${size ?? 'None'} ${must}`)
}

/** `deleting` until its task has run. What is attached or busy is refused with 400. */
export function deleteVolume(state: VolumeState, volume: Volume, now: number): void {
  if (!DELETABLE.includes(volume.status) || volume.attachments.length > 0) {
    const statuses = DELETABLE.join(' or ')
    const others = 'must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, '
    throw invalidVolume(
      `Volume status must be ${statuses} and ${others}or be disassociated from snapshots after volume transfer.`,
    )
  }
  volume.status = 'deleting'
  volume.updatedAt = timestamp(now)
  addTask(state, 'Delete', volume.id, now)
}

export function invalidVolume(why: string): HttpError {
  return new HttpError(400, `Invalid volume: ${why}`)
}

export function invalidInput(why: string): HttpError {
  return new HttpError(400, `Invalid input received: ${why}`)
}
