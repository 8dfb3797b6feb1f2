import type { Caller } from './caller.ts'
import type { ServerRecord } from './server-record.ts'
import { type ComputeState, type MigrationRecord, type MigrationStatus, nextId, nextNumber } from './state.ts'
import { second } from './time.ts'

export function addMigration(
  state: ComputeState,
  server: ServerRecord,
  { userId, projectId, newFlavor }: Pick<Caller, 'userId' | 'projectId'> & { newFlavor: number },
): MigrationRecord {
  const time = second(state)
  const oldFlavor = server.flavor.number
  const migration: MigrationRecord = {
    ...{ id: nextNumber(state), uuid: nextId(state), serverId: server.id, userId, projectId },
    type: oldFlavor === newFlavor ? 'migration' : 'resize',
    ...{ status: 'pre-migrating', sourceHost: server.host ?? '', destinationHost: null, oldFlavor, newFlavor },
    ...{ createdAt: time, updatedAt: time },
  }
  state.migrations.push(migration)
  return migration
}

export function setMigration(state: ComputeState, migration: MigrationRecord, status: MigrationStatus): void {
  migration.status = status
  migration.updatedAt = second(state)
}

/** The newest migration of a server that has a status. */
export function migrationWith(
  state: ComputeState,
  serverId: string,
  ...statuses: MigrationStatus[]
): MigrationRecord | undefined {
  return state.migrations.findLast((one) => one.serverId === serverId && statuses.includes(one.status))
}
