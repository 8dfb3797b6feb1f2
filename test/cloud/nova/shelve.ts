import type { ServerAction } from './action.ts'
import { recordAction } from './action-record.ts'
import { requireAdmin, requireMember } from './caller.ts'
import { checkLock, checkState } from './checks.ts'
import { claimTask } from './server-save.ts'
import { addTask } from './task.ts'

/** `shelve`: the guest becomes an image; a server on a volume leaves its host at once. */
export const shelve: ServerAction<null> = {
  check({ caller, server }) {
    requireMember(caller, 'os-shelve:shelve')
    checkLock(caller, server)
    checkState(server, 'shelve', { vm: ['active', 'stopped', 'paused', 'suspended'] })
  },
  effect({ state, caller, server }) {
    claimTask(state, server, 'shelving')
    const actionId = recordAction(state, caller, server.id, 'shelve')
    const type = server.imageId === null ? 'shelve-offload' : 'shelve'
    addTask(state, { type, serverId: server.id, host: server.host, actionId })
    return { status: 202 }
  },
}

export const shelveOffload: ServerAction<null> = {
  check({ caller, server }) {
    requireAdmin(caller, 'os-shelve:shelve_offload')
    checkLock(caller, server)
    checkState(server, 'shelveOffload', { vm: ['shelved'] })
  },
  effect({ state, caller, server }) {
    claimTask(state, server, 'shelving_offloading')
    const actionId = recordAction(state, caller, server.id, 'shelveOffload')
    addTask(state, { type: 'shelve-offload', serverId: server.id, host: server.host, actionId })
    return { status: 202 }
  },
}

/** `unshelve`: the server runs afterwards, also if it was stopped before. */
export const unshelve: ServerAction<unknown> = {
  check({ caller, server }) {
    requireMember(caller, 'os-shelve:unshelve')
    checkLock(caller, server)
    checkState(server, 'unshelve', { vm: ['shelved', 'shelved_offloaded'] })
  },
  effect({ state, caller, server }) {
    claimTask(state, server, 'unshelving')
    const actionId = recordAction(state, caller, server.id, 'unshelve')
    addTask(state, { type: 'unshelve', serverId: server.id, host: server.host, actionId })
    return { status: 202 }
  },
}
