import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import { LostAnswer } from '../../pkg/openstack/lost-answer.ts'
import { flavorMarkOf } from '../../pkg/openstack/mark.ts'
import { isDeletedServer, type NovaServer } from '../../pkg/openstack/nova-server.ts'
import { makeOwnFlavor, removeOwnFlavors } from '../../pkg/openstack/own-flavor.ts'
import { readServerMark } from '../../pkg/openstack/server-metadata.ts'
import { tagOf } from './blueprint.ts'
import { claimOf } from './claim.ts'
import type { DesktopMemory } from './memory.ts'
import type { Scene } from './scene.ts'
import type { Discard, Launch, MakeFlavor } from './steps.ts'

/** Makes and deletes: the server, and the flavors that are its own. */
export class ServerLife {
  readonly #memory: DesktopMemory

  constructor(memory: DesktopMemory) {
    this.#memory = memory
  }

  async makeFlavor({ flavor }: MakeFlavor, { cloud, signal }: Scene): Promise<Outcome> {
    await makeOwnFlavor(flavor, cloud, signal)
    return done('FlavorCreated', 'Create', `made flavor ${flavor.name} in Nova`)
  }

  /** The attempt is on record. A lost answer is waited out; then the tag tells what came of it. */
  async launch({ server }: Launch, { desktop, cloud, signal }: Scene): Promise<Outcome> {
    const key = keyOf(desktop)
    cloud.serverInventory.hurry(claimOf(desktop))
    try {
      const { id, requestId } = await cloud.servers.create(server, { signal })
      this.#memory.launches.accepted(key, id, requestId)
      return done('Launched', 'Launch', `Nova is making server ${id}`)
    } catch (error) {
      if (error instanceof LostAnswer) {
        this.#memory.launches.lost(key, error.mayActUntil)
        return { type: 'Done' }
      }
      // Refused: no server came of this attempt.
      this.#memory.launches.settled(key, desktop.status?.creation?.attempt ?? 0)
      throw error
    }
  }

  /** No request can arrive any more: what bears our tag is what came of the attempt. */
  async findLaunched({ desktop, cloud, signal }: Scene): Promise<Outcome> {
    const found = await cloud.servers.findByTag(tagOf(desktop), { signal })
    const [server, ...others] = found.filter((one) => !isDeletedServer(one))
    if (others.length > 0) {
      const ids = [server, ...others].map((one) => one?.id).join(', ')
      const message = `${others.length + 1} servers bear the tag of this desktop: ${ids}; delete all but the right one`
      throw new OpenStackError(message, { class: 'UnknownOutcome', code: 'SeveralServers', service: 'compute' })
    }
    if (server !== undefined) cloud.serverInventory.observed(server)
    this.#memory.launches.settled(keyOf(desktop), desktop.status?.creation?.attempt ?? 0)
    return { type: 'Done' }
  }

  /** Takes away what never came up; the failure's class decides when it is tried again. */
  async discard({ id, reason, message }: Discard, scene: Scene): Promise<Outcome> {
    await this.#remove(id, scene)
    const failure = new OpenStackError(message, { class: 'Refused', code: reason, service: 'compute' })
    return { type: 'Failed', failure }
  }

  async delete(id: string, scene: Scene): Promise<Outcome> {
    await this.#remove(id, scene)
    return done('Deleted', 'Delete', `deleted server ${id} in Nova`)
  }

  async deleteFlavors(ids: readonly string[], { observed: { mark }, cloud, signal }: Scene): Promise<Outcome> {
    await removeOwnFlavors(ids, flavorMarkOf('Desktop', mark), cloud, signal)
    return done('FlavorsDeleted', 'Delete', `deleted ${ids.length} flavors of this desktop in Nova`)
  }

  /** Looks at the live server first: only what is provably this object's is ever deleted. */
  async #remove(id: string, { desktop, observed: { mark }, cloud, signal }: Scene): Promise<void> {
    const { servers, serverInventory } = cloud
    const live = await servers.get(id, { signal })
    if (live !== undefined && !isDeletedServer(live)) {
      if (!isOurs(live, mark, tagOf(desktop))) {
        const message = `server ${id} in Nova does not bear our mark ${mark}; it is left alone`
        throw new OpenStackError(message, { class: 'Refused', code: 'NotOurs', service: 'compute' })
      }
      await servers.remove(id, { signal })
      const after = await servers.get(id, { signal })
      if (after !== undefined && !isDeletedServer(after)) {
        serverInventory.hurry(claimOf(desktop))
        return serverInventory.observed(after)
      }
    }
    serverInventory.observedGone(id)
  }
}

function isOurs(server: NovaServer, mark: string, tag: string): boolean {
  const marked = readServerMark(server)
  return marked === undefined ? server.tags.includes(tag) : marked === mark
}
