import { ofForbidden, ofServerConflict, serverGone } from './compute-errors.ts'
import type { Classify } from './errors.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

const ofAttach: Classify = (status, text) => {
  if (status === 404 && /volume/i.test(text))
    return { class: 'Refused', code: 'VolumeNotFound', message: `Nova: ${text}` }
  return ofDetach(status, text)
}

const ofDetach: Classify = (status, text) => {
  if (status === 400 && /volume.*(status|attach)/i.test(text)) {
    return { class: 'Conflict', code: 'VolumeInUse', message: `Nova: ${text}` }
  }
  if (status === 400) return { class: 'Refused', code: 'ActionRefused', message: `Nova refuses this: ${text}` }
  if (status === 403) return ofForbidden(text)
  if (status === 404) return serverGone
  if (status === 409) return ofServerConflict(text)
  return undefined
}

/**
 * Volumes of servers (`os-volume_attachments`). What a server has is in its `volumes_attached`, from the moment in which
 * Nova takes the request until it is done with the detaching.
 */
export class VolumeAttachmentService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /**
   * Attaches. `VolumeInUse` (Conflict): the volume is not available, perhaps since it is attached already: look again.
   * `VolumeNotFound`, `Forbidden`, `ActionRefused` (Refused); the rest as of server actions.
   */
  async attach(serverID: string, volumeID: string, options: CallOptions = {}): Promise<void> {
    const details = { ...options, json: { volumeAttachment: { volumeId: volumeID } } }
    await this.#api.call('POST', pathOf(serverID), ofAttach, details)
  }

  /**
   * Begins to detach; `Absent` where the server has no such volume. `VolumeInUse` (Conflict): Nova is at it already.
   * `Forbidden` (Refused) of a root disk.
   */
  async detach(serverID: string, volumeID: string, options: CallOptions = {}): Promise<'Removed' | 'Absent'> {
    return this.#api.remove(`${pathOf(serverID)}/${segment(volumeID)}`, ofDetach, options)
  }
}

function pathOf(serverID: string): string {
  return `/servers/${segment(serverID)}/os-volume_attachments`
}
