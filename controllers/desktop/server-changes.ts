import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import { isDeletedServer } from '../../pkg/openstack/nova-server.ts'
import { claimOf } from './claim.ts'
import { allocateFloatingIP } from './floating-ip.ts'
import { Blocked } from './ingredients.ts'
import type { DesktopMemory } from './memory.ts'
import type { Scene } from './scene.ts'
import type {
  AssociateFloatingIP,
  ChangeMetadata,
  ChangeSecurityGroups,
  ReleaseFloatingIP,
  ServerChange,
} from './steps.ts'
import { attachVolume, detachVolume } from './volume-changes.ts'

/**
 * Changes of a server that is there. Each can be repeated: what Nova answers to the second one is a conflict, and the
 * server is looked at afresh after each, so that the next decision is made on what it is then.
 */
export class ServerChanges {
  readonly #memory: DesktopMemory

  constructor(memory: DesktopMemory) {
    this.#memory = memory
  }

  async act(step: ServerChange, scene: Scene): Promise<Outcome> {
    try {
      const outcome = await this.#change(step, scene)
      await this.#lookAfresh(scene)
      return outcome
    } catch (error) {
      if (!(error instanceof OpenStackError)) throw error
      if (error.code === 'ServerLocked') this.#memory.lockedOut.add(keyOf(scene.desktop))
      else if (error.class !== 'Conflict') throw error
      await this.#lookAfresh(scene)
      // Where nothing is different after a conflict, haste does not help.
      return error.code === 'ServerLocked' ? { type: 'Done' } : { type: 'Failed', failure: error }
    }
  }

  async #change(step: ServerChange, scene: Scene): Promise<Outcome> {
    const { cloud, signal } = scene
    switch (step.type) {
      case 'ChangePower':
        await cloud.serverActions[step.action](step.id, { signal })
        cloud.serverInventory.hurry(claimOf(scene.desktop))
        return done('PowerStateChanging', 'ChangePower', `asked Nova to ${step.action} the server`)
      case 'Lock':
        await cloud.locks.actions.lock(step.id, step.reason, { signal })
        return done('Locked', 'Lock', 'locked the server')
      case 'Unlock':
        await cloud.locks.actions.unlock(step.id, { signal })
        return done('Unlocked', 'Unlock', 'unlocked the server')
      case 'Rename':
        await cloud.servers.update(step.id, { name: step.name }, { signal })
        return done('Updated', 'Update', `renamed the server to ${step.name}`)
      case 'ChangeMetadata':
        return await changeMetadata(step, scene)
      case 'ChangeSecurityGroups':
        return await changeSecurityGroups(step, scene)
      case 'AssociateFloatingIP':
        return await associate(step, scene)
      case 'ReleaseFloatingIP':
        return await release(step, scene)
      case 'AttachVolume':
        return await attachVolume(step, scene)
      case 'DetachVolume':
        return await detachVolume(step, scene)
    }
  }

  async #lookAfresh({ desktop, observed, cloud, signal }: Scene): Promise<void> {
    const id = observed.server?.id
    if (id === undefined) return
    const live = await cloud.servers.get(id, { signal })
    if (live === undefined || isDeletedServer(live)) cloud.serverInventory.observedGone(id)
    else cloud.serverInventory.observed(live)
    if (live?.task_state !== undefined) cloud.serverInventory.hurry(claimOf(desktop))
  }
}

async function changeMetadata({ id, set, remove }: ChangeMetadata, { cloud, signal }: Scene): Promise<Outcome> {
  if (Object.keys(set).length > 0) await cloud.servers.setMetadata(id, set, { signal })
  for (const key of remove) await cloud.servers.removeMetadata(id, key, { signal })
  return done('Updated', 'Update', `changed metadata: ${[...Object.keys(set), ...remove].join(', ')}`)
}

async function changeSecurityGroups(step: ChangeSecurityGroups, { cloud, signal }: Scene): Promise<Outcome> {
  for (const name of step.add) await cloud.servers.addSecurityGroup(step.id, name, { signal })
  for (const name of step.remove) await cloud.servers.removeSecurityGroup(step.id, name, { signal })
  return done('Updated', 'Update', `changed security groups: ${[...step.add, ...step.remove].join(', ')}`)
}

async function associate({ id, portID }: AssociateFloatingIP, scene: Scene): Promise<Outcome> {
  const { desktop, observed, cloud, signal } = scene
  try {
    const made =
      id === undefined
        ? await allocateFloatingIP(desktop, portID, observed.mark, cloud, signal)
        : await cloud.networks.associateFloatingIP(id, portID, { signal })
    return done('Updated', 'Update', `floating IP ${made.floating_ip_address} leads to the server`)
  } catch (error) {
    if (!(error instanceof Blocked)) throw error
    throw new OpenStackError(error.message, { class: 'NotFound', code: error.reason, service: 'network', cause: error })
  }
}

async function release({ id, giveBack }: ReleaseFloatingIP, { cloud, signal }: Scene): Promise<Outcome> {
  if (giveBack) await cloud.networks.removeFloatingIP(id, { signal })
  else await cloud.networks.disassociateFloatingIP(id, { signal })
  return done('Updated', 'Update', giveBack ? 'gave the floating IP back' : 'led the floating IP away')
}
