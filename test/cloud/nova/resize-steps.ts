import { recordEvent } from './action-record.ts'
import { addMigration, setMigration } from './migration.ts'
import { allocate, moveAllocation, pickHost, release, sizeOf } from './placement.ts'
import type { ServerRecord } from './server-record.ts'
import { errorOut, save, setFault } from './server-save.ts'
import type { ComputeState, MigrationRecord } from './state.ts'
import type { Step, StepContext } from './step.ts'
import { addTask } from './task.ts'
import { second } from './time.ts'

/** The conductor looks for a host. Without one the server is as before, and only migration and action tell. */
export const scheduleResize: Step = ({ state, server, task }) => {
  if (server.taskState !== 'resize_prep') return
  const flavor = server.newFlavor ?? server.flavor
  const { userId, projectId } = state.actions.find(({ id }) => id === task.actionId) ?? server
  const migration = addMigration(state, server, { userId, projectId, newFlavor: flavor.number })
  moveAllocation(state, server.id, migration.uuid)
  const host = pickHost(state, sizeOf(server, flavor), { host: task.targetHost, ignore: [migration.sourceHost] })
  const event = { event: 'conductor_migrate_server', host: 'controller' }
  if (host === undefined) {
    setMigration(state, migration, 'error')
    moveAllocation(state, migration.uuid, server.id)
    const what = migration.type === 'resize' ? 'resize' : 'cold migrate'
    const cause = `No valid host was found. No valid host found for ${what}`
    setFault(state, server, 'No valid host was found. ')
    save(state, server, { taskState: null, newFlavor: null })
    recordEvent(state, task.actionId, { ...event, cause })
    return
  }
  allocate(state, server.id, host, sizeOf(server, flavor))
  migration.destinationHost = host
  recordEvent(state, task.actionId, event)
  next(state, server, migration, task.actionId, 'resize-begin', migration.sourceHost)
}

function next(
  state: ComputeState,
  server: ServerRecord,
  migration: MigrationRecord,
  actionId: number | undefined,
  type: 'resize-begin' | 'resize-power-off' | 'resize-finish' | 'resize-finished',
  host: string | null,
): void {
  const action = actionId === undefined ? {} : { actionId }
  addTask(state, { type, serverId: server.id, host, migrationId: migration.id, ...action })
}

/**
 * Takes the server to its next state. False: somebody (who deletes it) has put another task on it meanwhile; Nova then
 * writes all the same what it was about to write, and ERROR with it.
 */
function advance(
  { state, server, task }: StepContext,
  migration: MigrationRecord,
  from: string,
  changes: Partial<ServerRecord>,
): boolean {
  if (server.taskState === from) {
    save(state, server, changes)
    return true
  }
  const cause = `Conflict updating instance ${server.id}. Expected: {'task_state': ['${from}']}.`
  recordEvent(state, task.actionId, { event: 'compute_resize_instance', host: server.host, cause })
  setMigration(state, migration, 'error')
  setFault(state, server, cause)
  save(state, server, { ...changes, vmState: 'error' })
  release(state, migration.uuid)
  return false
}

export const beginResize: Step = (context) => {
  const { state, server, task, migration } = context
  if (!migration) return
  setMigration(state, migration, 'migrating')
  const begun = { taskState: 'resize_migrating', oldVmState: server.vmState, migrationContext: migration.id }
  if (!advance(context, migration, 'resize_prep', begun)) return
  recordEvent(state, task.actionId, { event: 'compute_prep_resize', host: migration.destinationHost })
  next(state, server, migration, task.actionId, 'resize-power-off', migration.sourceHost)
}

export const powerOffForResize: Step = (context) => {
  const { state, server, task, migration, failure } = context
  if (!migration) return
  const event = { event: 'compute_resize_instance', host: migration.sourceHost }
  if (failure !== undefined) {
    recordEvent(state, task.actionId, { ...event, cause: failure })
    setMigration(state, migration, 'error')
    release(state, server.id)
    moveAllocation(state, migration.uuid, server.id)
    errorOut(state, server, failure)
    return
  }
  setMigration(state, migration, 'post-migrating')
  const moved = { host: migration.destinationHost, oldFlavor: server.flavor, guest: false }
  if (!advance(context, migration, 'resize_migrating', { ...moved, taskState: 'resize_migrated' })) return
  recordEvent(state, task.actionId, event)
  next(state, server, migration, task.actionId, 'resize-finish', migration.destinationHost)
}

/** From here on the server has its new size, and the quota counts it. */
export const finishResize: Step = (context) => {
  const { state, server, task, migration } = context
  const grown = { taskState: 'resize_finish', flavor: server.newFlavor ?? server.flavor }
  if (!migration || !advance(context, migration, 'resize_migrated', grown)) return
  next(state, server, migration, task.actionId, 'resize-finished', migration.destinationHost)
}

/** The guest starts on the new host. If it does not, the server keeps the new host, but has its old size. */
export const endResize: Step = (context) => {
  const { state, server, task, migration, failure } = context
  if (!migration) return
  const event = { event: 'compute_finish_resize', host: migration.destinationHost }
  if (failure !== undefined) {
    recordEvent(state, task.actionId, { ...event, cause: failure })
    setMigration(state, migration, 'error')
    release(state, migration.uuid)
    server.flavor = server.oldFlavor ?? server.flavor
    errorOut(state, server, failure)
    return
  }
  setMigration(state, migration, 'finished')
  const done = { taskState: null, launchedAt: second(state), newFlavor: null, guest: true }
  if (advance(context, migration, 'resize_finish', { ...done, vmState: 'resized' })) {
    recordEvent(state, task.actionId, event)
  }
}
