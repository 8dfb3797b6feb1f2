import { randomUUID } from 'node:crypto'
import { HttpError } from '../http.ts'
import type { FindImage } from '../image-facts.ts'
import type { Volumes } from '../nova/ports.ts'
import type { AttachedVolume } from '../nova/server-record.ts'
import { runTask, timestamp, type Volume, type VolumeState } from './volume-state.ts'
import { type Caller, createVolume, deleteVolume } from './volumes.ts'

/** Cinder as Nova uses it: volumes of servers. */
export class ServerVolumes implements Volumes {
  readonly #state: VolumeState
  readonly #now: () => number
  readonly #image: FindImage

  constructor(state: VolumeState, now: () => number, image: FindImage) {
    this.#state = state
    this.#now = now
    this.#image = image
  }

  checkAvailable(projectId: string, volumeId: string): void {
    const volume = this.#find(volumeId)
    if (!volume || volume.projectId !== projectId) {
      throw new HttpError(400, `Block Device Mapping is Invalid: failed to get volume ${volumeId}.`)
    }
    if (volume.status === 'available') return
    const must = `Volume ${volumeId} status must be available.`
    throw new HttpError(400, `Invalid volume: ${must} Current status: ${volume.status}`)
  }

  /** Nova waits until Cinder is done, so the volume is available at once. */
  create(projectId: string, { imageId, sizeGiB, type }: Parameters<Volumes['create']>[1]): string {
    const caller: Caller = { projectId, userId: '', isAdmin: false, now: this.#now() }
    const image = imageId === undefined ? undefined : this.#image(imageId, projectId, false)
    const volume = createVolume(this.#state, { size: sizeGiB, volume_type: type ?? null, image }, caller)
    for (const task of this.#state.tasks) if (task.volumeId === volume.id) runTask(this.#state, task.id, caller.now)
    return volume.id
  }

  attach(serverId: string, volumeId: string, device: string): AttachedVolume {
    const volume = this.#find(volumeId)
    if (!volume) throw new HttpError(404, `Volume ${volumeId} could not be found.`)
    const attachedAt = timestamp(this.#now())
    const id = randomUUID()
    volume.attachments.push({ id, serverId, device, host: null, attachedAt })
    Object.assign(volume, { status: 'in-use', updatedAt: attachedAt })
    return { volumeId, attachmentId: id, device, bootIndex: -1, deleteOnTermination: false }
  }

  detach(serverId: string, volumeId: string, isDeleted: boolean): void {
    const volume = this.#find(volumeId)
    if (!volume) return
    volume.attachments = volume.attachments.filter((one) => one.serverId !== serverId)
    if (volume.attachments.length > 0) return
    Object.assign(volume, { status: 'available', updatedAt: timestamp(this.#now()) })
    if (isDeleted) deleteVolume(this.#state, volume, this.#now())
  }

  #find(id: string): Volume | undefined {
    return this.#state.volumes.find((one) => one.id === id)
  }
}
