import type { Neighbours } from './ports.ts'
import type { ServerRecord } from './server-record.ts'
import type { ComputeState, MigrationRecord } from './state.ts'
import type { TaskRecord } from './task.ts'

export interface StepContext {
  readonly state: ComputeState
  readonly task: TaskRecord
  readonly server: ServerRecord
  readonly migration: MigrationRecord | undefined
  readonly neighbours: Neighbours
  /** Why the driver refuses, if it was asked to. */
  readonly failure: string | undefined
}

/** What a task does when its time has come. */
export type Step = (context: StepContext) => void
