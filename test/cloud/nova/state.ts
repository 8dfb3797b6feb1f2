import { createHash } from 'node:crypto'
import type { ActionRecord } from './action-record.ts'
import type { FlavorRecord } from './flavor-record.ts'
import { type HostRecord, LAB_HOSTS } from './host.ts'
import type { ServerRecord } from './server-record.ts'
import type { TaskRecord, TaskType } from './task.ts'

/** A move of a server from one host to another, as Nova keeps it. */
export interface MigrationRecord {
  readonly id: number
  readonly uuid: string
  readonly serverId: string
  readonly type: 'resize' | 'migration'
  status: MigrationStatus
  readonly sourceHost: string
  destinationHost: string | null
  /** Nova's inner numbers of flavors. */
  readonly oldFlavor: number
  readonly newFlavor: number
  readonly userId: string
  readonly projectId: string
  readonly createdAt: number
  updatedAt: number
}

export type MigrationStatus =
  | 'pre-migrating'
  | 'migrating'
  | 'post-migrating'
  | 'finished'
  | 'confirming'
  | 'confirmed'
  | 'reverting'
  | 'reverted'
  | 'error'

/** What Placement counts on a host, for a server or (the old size during a resize) for a migration. */
export interface Allocation {
  readonly consumer: string
  readonly host: string
  readonly vcpus: number
  readonly ram: number
  readonly disk: number
}

export interface KeyPairRecord {
  readonly id: number
  readonly userId: string
  readonly name: string
  readonly type: 'ssh' | 'x509'
  readonly publicKey: string
  readonly fingerprint: string
  readonly createdAt: number
}

export interface ServerGroupRecord {
  readonly id: string
  readonly name: string
  readonly policy: string
  readonly rules: Readonly<Record<string, number>>
  readonly projectId: string
  readonly userId: string
}

export interface ComputeSettings {
  /** How long a task takes from its beginning, in milliseconds; absent: 0. */
  delays: Partial<Record<TaskType, number>>
  /** How long a deleted server can be restored; 0: deletion is final at once. The lab has 600. */
  reclaimSeconds: number
}

/**
 * All that Nova knows, as plain data: `structuredClone` copies it, and nothing in it knows the time. Whoever calls sets
 * `now` first (milliseconds since the epoch).
 */
export interface ComputeState {
  now: number
  readonly salt: string
  sequence: number
  readonly servers: Record<string, ServerRecord>
  flavors: FlavorRecord[]
  keyPairs: KeyPairRecord[]
  readonly migrations: MigrationRecord[]
  readonly actions: ActionRecord[]
  /** Limits that were set, by project and resource. */
  readonly quotas: Record<string, Record<string, number>>
  readonly hosts: HostRecord[]
  serverGroups: ServerGroupRecord[]
  allocations: Allocation[]
  tasks: TaskRecord[]
  /** Driver methods whose next call fails, on whichever server. */
  failures: string[]
  readonly settings: ComputeSettings
}

/** Nova with the lab's three hosts and nothing else. Two states with the same salt give the same ids. */
export function newComputeState(salt = ''): ComputeState {
  return {
    ...{ now: 0, salt, sequence: 0, servers: {}, flavors: [], keyPairs: [], migrations: [], actions: [], quotas: {} },
    ...{ hosts: [...structuredClone(LAB_HOSTS)], serverGroups: [], allocations: [], tasks: [], failures: [] },
    settings: { delays: {}, reclaimSeconds: 600 },
  }
}

/** A number that was never given before. */
export function nextNumber(state: ComputeState): number {
  return ++state.sequence
}

/** A UUID that was never given before. */
export function nextId(state: ComputeState): string {
  const hash = createHash('sha256')
    .update(`${state.salt}/${nextNumber(state)}`)
    .digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
