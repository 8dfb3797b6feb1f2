import { DEATH } from '../../../pkg/kube/testing/small-loop.ts'
import type { CinderVolume } from '../../../pkg/openstack/cinder-volume.ts'
import { OpenStackError } from '../../../pkg/openstack/errors.ts'
import type { NovaServer } from '../../../pkg/openstack/nova-server.ts'

/** How a request to attach or detach something ends. */
export type AttachmentFate = 'Answered' | 'LostBefore' | 'LostAfter' | 'DiesBefore' | 'DiesAfter'

/** Volumes of servers, as Nova and Cinder keep them: attaching one twice is refused. */
export class SmallAttachments {
  readonly held = new Map<string, CinderVolume>()
  /** How the next requests end; then they are answered. */
  readonly fates: AttachmentFate[] = []
  readonly #servers: ReadonlyMap<string, NovaServer>
  readonly #change: (id: string, fields: Partial<NovaServer>) => void

  constructor(servers: ReadonlyMap<string, NovaServer>, change: (id: string, fields: Partial<NovaServer>) => void) {
    this.#servers = servers
    this.#change = change
  }

  add(id: string, fields: Partial<CinderVolume> = {}): void {
    const free = { id, name: id, status: 'available', size: 1, bootable: false, metadata: {}, attachments: [] }
    this.held.set(id, { ...free, ...fields })
  }

  readonly volumes = {
    get: async (id: string) => this.held.get(id),
    named: async (name: string) => [...this.held.values()].filter((volume) => volume.name === name),
  }

  readonly service = {
    attach: (serverID: string, id: string) => this.#fated(() => this.#attach(serverID, id)),
    detach: (serverID: string, id: string) => this.#fated(() => this.#detach(serverID, id)),
  }

  #attach(serverID: string, id: string): void {
    const volume = this.held.get(id)
    if (volume?.status !== 'available') {
      throw new OpenStackError('it must be available', { class: 'Conflict', code: 'VolumeInUse' })
    }
    this.#change(serverID, { volumes_attached: [...this.#of(serverID), { id, delete_on_termination: false }] })
    this.add(id, { ...volume, status: 'in-use', attachments: [{ server_id: serverID, device: '/dev/vdb' }] })
  }

  #detach(serverID: string, id: string): void {
    this.#change(serverID, { volumes_attached: this.#of(serverID).filter((one) => one.id !== id) })
    this.add(id, { ...this.held.get(id), status: 'available', attachments: [] })
  }

  #of(serverID: string): NovaServer['volumes_attached'] {
    return this.#servers.get(serverID)?.volumes_attached ?? []
  }

  async #fated(effect: () => void): Promise<void> {
    const fate = this.fates.shift() ?? 'Answered'
    if (fate === 'DiesBefore') throw DEATH
    if (fate !== 'LostBefore') effect()
    if (fate === 'DiesAfter') throw DEATH
    if (fate !== 'Answered') throw new OpenStackError('reset', { class: 'Unavailable', code: 'ConnectionReset' })
  }
}
