import { isDeepStrictEqual } from 'node:util'
import type { Image } from '../../api/v1alpha1/objects.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import type { ImageMemory } from './memory.ts'
import { isOwned } from './owned-image.ts'
import type { Scene } from './scene.ts'
import type { Create, Discard, Update } from './steps.ts'
import { newImage } from './wanted.ts'

/** The effects on an image's record in Glance: made, changed, deleted. Each can be repeated. */
export class GlanceRecord {
  readonly #memory: ImageMemory

  constructor(memory: ImageMemory) {
    this.#memory = memory
  }

  /**
   * Registers the image. A 409 is no surprise: the request of a process that was killed may have arrived. If nothing
   * is there all the same, the id belonged to an image that was deleted, and the next attempt gets another one.
   */
  async create({ id }: Create, { image, observed: { mark }, cloud, signal }: Scene): Promise<Outcome> {
    try {
      cloud.imageInventory.observed(await cloud.images.create(newImage(image, mark, id), { signal }))
      this.#memory.markPresent(id)
      return done('Created', 'Create', `registered image ${id} in Glance`)
    } catch (error) {
      if (!(error instanceof OpenStackError)) throw error
      if (error.code !== 'ImageExists' && !endsAnnouncement(image, error)) throw error
    }
    const there = await cloud.images.get(id, { signal })
    if (there !== undefined && isOwned(there, mark, image.status?.attempt)) cloud.imageInventory.observed(there)
    else this.#memory.markUsedUp(id)
    return { type: 'Done' }
  }

  /** Glance takes tags only as a whole: those that others set since the last look must be among them. */
  async update({ id, patch }: Update, { cloud: { images, imageInventory }, signal }: Scene): Promise<Outcome> {
    if (patch.some(({ path }) => path === '/tags')) {
      const known = imageInventory.get(id)
      const live = await images.get(id, { signal })
      if (live !== undefined && !isDeepStrictEqual(new Set(live.tags), new Set(known?.tags))) {
        imageInventory.observed(live)
        return { type: 'Done' }
      }
    }
    imageInventory.observed(await images.update(id, patch, { signal }))
    return done('Updated', 'Update', `changed ${patch.map(({ path }) => path.slice(1)).join(', ')} in Glance`)
  }

  async delete(id: string, scene: Scene): Promise<Outcome> {
    await this.#remove(id, scene)
    return done('Deleted', 'Delete', `deleted image ${id} in Glance`)
  }

  /** Deletes an image whose data is wrong; what follows is for the step to say. */
  async discard({ id, next, reason, message }: Discard, scene: Scene): Promise<Outcome> {
    await this.#remove(id, scene)
    if (next === 'AtOnce') return done('Discarded', 'Delete', `deleted image ${id}: ${message}`, 'Warning')
    // What Glance could not import it will hardly import a moment later.
    const later = reason === 'ImportFailed' ? 'Refused' : 'Unavailable'
    const failureClass = next === 'Later' ? later : 'InvalidSpec'
    return { type: 'Failed', failure: new OpenStackError(message, { class: failureClass, code: reason }) }
  }

  /** Asks Glance itself whether the image is gone. */
  async proveAbsence(id: string, { cloud: { images, imageInventory }, signal }: Scene): Promise<Outcome> {
    const live = await images.get(id, { signal })
    if (live === undefined) this.#memory.markAbsent(id)
    else imageInventory.observed(live)
    return { type: 'Done' }
  }

  /** Looks at the live image first: only what is provably this object's is ever deleted. */
  async #remove(id: string, { image, observed: { mark }, cloud, signal }: Scene): Promise<void> {
    const live = await cloud.images.get(id, { signal })
    if (live !== undefined && !isOwned(live, mark, image.status?.attempt)) {
      const message = `image ${id} in Glance does not carry our mark ${mark}; it is left alone`
      throw new OpenStackError(message, { class: 'Refused', code: 'NotOurs', service: 'image' })
    }
    if (live !== undefined) await cloud.images.remove(id, { signal })
    cloud.imageInventory.observedGone(id)
    this.#memory.markUsedUp(id)
  }
}

/**
 * Whether a refused POST settles what becomes of an announced id while its object is being deleted: where Glance has
 * no room or no leave for the image now, a late request of a killed process gets the same answer.
 */
function endsAnnouncement({ metadata }: Image, { class: failureClass }: OpenStackError): boolean {
  return metadata.deletionTimestamp !== undefined && ['Quota', 'Refused', 'InvalidSpec'].includes(failureClass)
}
