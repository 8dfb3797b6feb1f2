import type { Reply } from '../http.ts'
import type { ActionContext, ServerAction } from './action.ts'
import { recordAction } from './action-record.ts'
import { requireMember } from './caller.ts'
import { checkLock, checkState } from './checks.ts'
import { endDeletion } from './deletion-steps.ts'
import { isUp } from './host.ts'
import { migrationWith, setMigration } from './migration.ts'
import { release } from './placement.ts'
import { checkQuota } from './quota.ts'
import { endConfirm } from './resize-end-steps.ts'
import { claimTask, errorOut, save, unexpected } from './server-save.ts'
import { addTask } from './task.ts'
import { second } from './time.ts'

/** `DELETE /servers/{id}`: a server that was ever active can be restored for a while. */
export function deleteServer(context: Omit<ActionContext<null>, 'args'>): Reply {
  const { state, caller, server } = context
  requireMember(caller, 'servers:delete')
  checkLock(caller, server)
  const isSoft = state.settings.reclaimSeconds > 0 && server.launchedAt !== null
  return remove(context, isSoft ? 'soft-delete' : 'delete')
}

function remove(context: Omit<ActionContext<null>, 'args'>, type: 'soft-delete' | 'delete'): Reply {
  const { state, caller, server, neighbours } = context
  const before = server.taskState
  if (server.host === null && server.vmState !== 'shelved_offloaded') {
    endDeletion(state, server, neighbours)
    return { status: 204 }
  }
  const isSoft = type === 'soft-delete'
  const taskState = isSoft ? 'soft-deleting' : 'deleting'
  save(state, server, { taskState, ...(isSoft && { deletedAt: second(state) }) })
  if (server.vmState === 'resized') confirmBeforehand(context, taskState)
  if (!isUp(state, server.host)) {
    endDeletion(state, server, neighbours)
    recordAction(state, caller, server.id, 'delete')
    return { status: 204 }
  }
  if (before === 'deleting' || before === 'soft-deleting') return { status: 204 }
  const actionId = recordAction(state, caller, server.id, 'delete')
  addTask(state, { type, serverId: server.id, host: server.host, actionId })
  return { status: 204 }
}

/**
 * Nova waits for its own confirm before it deletes. Where one is under way already, its own comes second, finds nothing
 * to confirm and fails: the server goes to ERROR and is not deleted.
 */
function confirmBeforehand({ state, caller, server }: Omit<ActionContext<null>, 'args'>, taskState: string): void {
  const migration = migrationWith(state, server.id, 'finished', 'confirming')
  if (!migration) return
  recordAction(state, caller, server.id, 'confirmResize')
  release(state, migration.uuid)
  endConfirm(state, server, migration)
  const underWay = state.tasks.find(({ type, migrationId }) => type === 'confirm' && migrationId === migration.id)
  if (underWay) {
    state.tasks = state.tasks.filter((one) => one !== underWay)
    setMigration(state, migration, 'error')
    errorOut(state, server, 'AttributeError')
    throw unexpected('oslo_messaging.rpc.client.RemoteError')
  }
  save(state, server, { taskState })
}

/** `forceDelete`: for good, whatever its state. */
export const forceDelete: ServerAction<null> = {
  check({ caller, server }) {
    requireMember(caller, 'os-deferred-delete:force')
    checkLock(caller, server)
  },
  effect(context) {
    remove(context, 'delete')
    return { status: 202 }
  },
}

/** `restore`: brings a soft-deleted server back; its size must fit into the quota again. */
export const restore: ServerAction<null> = {
  check({ state, caller, server }) {
    requireMember(caller, 'os-deferred-delete:restore')
    checkLock(caller, server)
    checkState(server, 'restore', { vm: ['soft-delete'] })
    const { vcpus: cores, ram } = server.flavor
    checkQuota(state, server.projectId, { instances: 1, cores, ram })
  },
  effect({ state, caller, server }) {
    const actionId = recordAction(state, caller, server.id, 'restore')
    claimTask(state, server, 'restoring')
    save(state, server, { deletedAt: null })
    addTask(state, { type: 'restore', serverId: server.id, host: server.host, actionId })
    return { status: 202 }
  },
}
