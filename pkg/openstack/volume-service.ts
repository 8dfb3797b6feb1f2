import { AnswerFields } from './answer-fields.ts'
import { type CinderVolume, parseCinderVolume } from './cinder-volume.ts'
import type { Classify } from './errors.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

/** A type of volumes that the project may use. */
export interface VolumeType {
  id: string
  name: string
}

const ofRead: Classify = () => undefined

const ofRemove: Classify = (status, text) => {
  // Cinder says 400 of a volume in the wrong state.
  if (status === 400)
    return { class: 'Refused', code: 'VolumeInUse', message: `Cinder will not delete it now: ${text}` }
  if (status === 403)
    return { class: 'Refused', code: 'Forbidden', message: `the cloud's policy forbids this: ${text}` }
  return undefined
}

/** Cinder's volumes, as far as servers boot from one or have some beside their root disk. */
export class VolumeService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'block-storage')
  }

  /** The volume; `undefined` when Cinder itself says 404. */
  async get(id: string, options: CallOptions = {}): Promise<CinderVolume | undefined> {
    const answer = await this.#api.find(`/volumes/${segment(id)}`, ofRead, options)
    return answer && parseCinderVolume(this.#api.read(answer, 'volume'))
  }

  /** The project's volumes of exactly this name, which several may have. Cinder's own filter ignores case. */
  async named(name: string, options: CallOptions = {}): Promise<CinderVolume[]> {
    const answer = await this.#api.call('GET', '/volumes/detail', ofRead, { ...options, query: { name } })
    const found = this.#api.readList(answer, 'volumes').map(parseCinderVolume)
    return found.filter((volume) => volume.name === name)
  }

  /** Deletes the volume; `Absent` where there is none. `VolumeInUse` (Refused): it is attached or busy. */
  async remove(id: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    return this.#api.remove(`/volumes/${segment(id)}`, ofRemove, options)
  }

  /** The types that the project may use. */
  async types(options: CallOptions = {}): Promise<VolumeType[]> {
    const answer = await this.#api.call('GET', '/types', ofRead, options)
    return this.#api.readList(answer, 'volume_types').map((entry) => {
      const fields = new AnswerFields(entry)
      return { id: fields.required('id', 'block-storage', 'a volume type'), name: fields.text('name') ?? '' }
    })
  }
}
