import { schedule, spawn } from './build-steps.ts'
import { deleteForGood, reclaim, restore, softDelete } from './deletion-steps.ts'
import { NO_NEIGHBOURS } from './no-neighbours.ts'
import type { Neighbours } from './ports.ts'
import { pause, reboot, resume, start, stop, suspend, unpause } from './power-steps.ts'
import { confirm, finishRevert, revert } from './resize-end-steps.ts'
import { beginResize, endResize, finishResize, powerOffForResize, scheduleResize } from './resize-steps.ts'
import { shelve, shelveOffload, unshelve } from './shelve-steps.ts'
import type { ComputeState } from './state.ts'
import type { Step } from './step.ts'
import { driverFailure, firstDueTask, type TaskType } from './task.ts'

const STEPS: Readonly<Record<TaskType, Step>> = {
  schedule,
  spawn,
  stop,
  start,
  reboot,
  pause,
  unpause,
  suspend,
  resume,
  shelve,
  'shelve-offload': shelveOffload,
  unshelve,
  'resize-schedule': scheduleResize,
  'resize-begin': beginResize,
  'resize-power-off': powerOffForResize,
  'resize-finish': finishResize,
  'resize-finished': endResize,
  confirm,
  revert,
  'revert-finish': finishRevert,
  'soft-delete': softDelete,
  delete: deleteForGood,
  restore,
  reclaim,
}

/** Takes one pending step, whatever the time is; further steps may follow from it. */
export function runTask(state: ComputeState, id: number, neighbours: Neighbours = NO_NEIGHBOURS): void {
  const at = state.tasks.findIndex((one) => one.id === id)
  const task = state.tasks[at]
  if (!task) throw new Error(`no task ${id}`)
  state.tasks.splice(at, 1)
  const server = state.servers[task.serverId]
  if (!server || server.vmState === 'deleted') return
  const migration = state.migrations.find((one) => one.id === task.migrationId)
  const failure = driverFailure(state, task)
  STEPS[task.type]({ state, task, server, migration, neighbours, failure })
}

/** Takes every step whose time has come by `state.now`, each at its own time, and what follows from them. */
export function runDueTasks(state: ComputeState, neighbours: Neighbours = NO_NEIGHBOURS): void {
  const { now } = state
  for (let task = firstDueTask(state); task; task = firstDueTask(state)) {
    state.now = task.dueAt
    runTask(state, task.id, neighbours)
    state.now = now
  }
}
