import { recordEvent } from './action-record.ts'
import { setMigration } from './migration.ts'
import { moveAllocation, release } from './placement.ts'
import { POWER, type ServerRecord } from './server-record.ts'
import { errorOut, save } from './server-save.ts'
import type { ComputeState, MigrationRecord } from './state.ts'
import type { Step } from './step.ts'
import { addTask } from './task.ts'
import { second } from './time.ts'

/** The source host lets go. The second of two confirms finds no claim there and puts the server into ERROR. */
export const confirm: Step = ({ state, server, task, migration, failure }) => {
  if (!migration) return
  const claimed = server.migrationContext === migration.id
  const nothing = "'NoneType' object has no attribute 'get_pci_mapping_for_migration'"
  const cause = failure ?? (claimed ? undefined : nothing)
  recordEvent(state, task.actionId, { event: 'compute_confirm_resize', host: migration.sourceHost, cause })
  release(state, migration.uuid)
  if (cause !== undefined) {
    setMigration(state, migration, 'error')
    errorOut(state, server, cause)
    return
  }
  endConfirm(state, server, migration)
}

/** The server as it is after a confirm. */
export function endConfirm(state: ComputeState, server: ServerRecord, migration: MigrationRecord): void {
  setMigration(state, migration, 'confirmed')
  const vmState = server.powerState === POWER.shutdown ? 'stopped' : 'active'
  save(state, server, { vmState, taskState: null, migrationContext: null, oldFlavor: null })
}

/** The target host lets go; the migration reads `reverted` before the server is back. */
export const revert: Step = ({ state, server, task, migration, failure }) => {
  if (!migration) return
  const event = { event: 'compute_revert_resize', host: migration.destinationHost, cause: failure }
  recordEvent(state, task.actionId, event)
  if (failure !== undefined) {
    setMigration(state, migration, 'error')
    errorOut(state, server, failure)
    return
  }
  setMigration(state, migration, 'reverted')
  const action = task.actionId === undefined ? {} : { actionId: task.actionId }
  const { id: migrationId, sourceHost: host } = migration
  addTask(state, { type: 'revert-finish', serverId: server.id, host, migrationId, ...action })
}

/** The source host takes the server back, in its old size. */
export const finishRevert: Step = ({ state, server, task, migration, failure }) => {
  if (!migration) return
  const { sourceHost } = migration
  recordEvent(state, task.actionId, { event: 'compute_finish_revert_resize', host: sourceHost, cause: failure })
  // A revert that comes after another finds nothing of the migration, and changes nothing.
  if (state.allocations.some(({ consumer }) => consumer === migration.uuid)) {
    release(state, server.id)
    moveAllocation(state, migration.uuid, server.id)
  }
  save(state, server, { host: sourceHost, flavor: server.oldFlavor ?? server.flavor, oldFlavor: null })
  if (failure !== undefined) {
    setMigration(state, migration, 'error')
    errorOut(state, server, failure)
    return
  }
  const wasStopped = server.oldVmState === 'stopped'
  save(state, server, {
    ...{
      vmState: wasStopped ? 'stopped' : 'active',
      taskState: null,
      powerState: wasStopped ? POWER.shutdown : POWER.running,
    },
    ...{ migrationContext: null, launchedAt: second(state), guest: true },
  })
}
