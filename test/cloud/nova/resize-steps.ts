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

/** False: somebody (who deletes it) has put another task on the server; the move ends where it is. */
function isStill({ state, server }: StepContext, migration: MigrationRecord, taskState: string): boolean {
  if (server.taskState === taskState) return true
  setMigration(state, migration, 'error')
  release(state, migration.uuid)
  return false
}

export const beginResize: Step = (context) => {
  const { state, server, task, migration } = context
  if (!migration || !isStill(context, migration, 'resize_prep')) return
  setMigration(state, migration, 'migrating')
  save(state, server, {
    taskState: 'resize_migrating',
    oldVmState: server.vmState,
    migrationContext: migration.id,
  })
  recordEvent(state, task.actionId, { event: 'compute_prep_resize', host: migration.destinationHost })
  next(state, server, migration, task.actionId, 'resize-power-off', migration.sourceHost)
}

export const powerOffForResize: Step = (context) => {
  const { state, server, task, migration, failure } = context
  if (!migration || !isStill(context, migration, 'resize_migrating')) return
  const event = { event: 'compute_resize_instance', host: migration.sourceHost, cause: failure }
  recordEvent(state, task.actionId, event)
  if (failure !== undefined) {
    setMigration(state, migration, 'error')
    release(state, server.id)
    moveAllocation(state, migration.uuid, server.id)
    errorOut(state, server, failure)
    return
  }
  setMigration(state, migration, 'post-migrating')
  const { flavor } = server
  save(state, server, {
    taskState: 'resize_migrated',
    host: migration.destinationHost,
    oldFlavor: flavor,
    guest: false,
  })
  next(state, server, migration, task.actionId, 'resize-finish', migration.destinationHost)
}

/** From here on the server has its new size, and the quota counts it. */
export const finishResize: Step = (context) => {
  const { state, server, task, migration } = context
  if (!migration || !isStill(context, migration, 'resize_migrated')) return
  save(state, server, { taskState: 'resize_finish', flavor: server.newFlavor ?? server.flavor })
  next(state, server, migration, task.actionId, 'resize-finished', migration.destinationHost)
}

/** The guest starts on the new host. If it does not, the server keeps the new host, but has its old size. */
export const endResize: Step = (context) => {
  const { state, server, task, migration, failure } = context
  if (!migration || !isStill(context, migration, 'resize_finish')) return
  const event = { event: 'compute_finish_resize', host: migration.destinationHost, cause: failure }
  recordEvent(state, task.actionId, event)
  if (failure !== undefined) {
    setMigration(state, migration, 'error')
    release(state, migration.uuid)
    server.flavor = server.oldFlavor ?? server.flavor
    errorOut(state, server, failure)
    return
  }
  setMigration(state, migration, 'finished')
  save(state, server, { vmState: 'resized', taskState: null, launchedAt: second(state), newFlavor: null, guest: true })
}
