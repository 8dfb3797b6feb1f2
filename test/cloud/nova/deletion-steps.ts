import { recordEvent } from './action-record.ts'
import { release } from './placement.ts'
import type { Neighbours } from './ports.ts'
import { POWER, type ServerRecord } from './server-record.ts'
import { errorOut, save } from './server-save.ts'
import type { ComputeState } from './state.ts'
import type { Step } from './step.ts'
import { addTask } from './task.ts'
import { second } from './time.ts'

/** The server is kept, with its guest if it has one, until the time for a restore is over. */
export const softDelete: Step = ({ state, server, task }) => {
  if (server.taskState !== 'soft-deleting') return
  recordEvent(state, task.actionId, { event: 'compute_soft_delete_instance', host: server.host })
  const powerState = server.guest ? server.powerState : POWER.none
  save(state, server, { vmState: 'soft-delete', taskState: null, powerState })
  state.tasks = state.tasks.filter(({ type, serverId }) => type !== 'reclaim' || serverId !== server.id)
  addTask(state, { type: 'reclaim', serverId: server.id }, state.settings.reclaimSeconds * 1000)
}

export const deleteForGood: Step = ({ state, server, task, failure, neighbours }) => {
  recordEvent(state, task.actionId, { event: 'compute_terminate_instance', host: server.host, cause: failure })
  if (failure !== undefined) errorOut(state, server, failure)
  else endDeletion(state, server, neighbours)
}

/** The time for a restore is over. */
export const reclaim: Step = ({ state, server, neighbours }) => {
  if (server.vmState === 'soft-delete' && server.taskState === null) endDeletion(state, server, neighbours)
}

export const restore: Step = ({ state, server, task }) => {
  if (server.taskState !== 'restoring') return
  recordEvent(state, task.actionId, { event: 'compute_restore_instance', host: server.host })
  save(state, server, { vmState: 'active', taskState: null, powerState: server.guest ? POWER.running : POWER.none })
}

/** Nothing of it is left but its row, which lists of changes show. */
export function endDeletion(state: ComputeState, server: ServerRecord, neighbours: Neighbours): void {
  release(state, server.id)
  for (const { uuid, serverId } of state.migrations) if (serverId === server.id) release(state, uuid)
  for (const volume of server.volumes) neighbours.volumes.detach(server.id, volume.volumeId, volume.deleteOnTermination)
  neighbours.ports.release(server.id)
  save(state, server, {
    ...{ vmState: 'deleted', taskState: null, powerState: POWER.none, guest: false, volumes: [] },
    deletedAt: second(state),
  })
}
