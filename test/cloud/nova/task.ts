import { isUp } from './host.ts'
import { type ComputeState, nextNumber } from './state.ts'

/** A step that a part of Nova has still to take. */
export type TaskType =
  | 'schedule'
  | 'spawn'
  | 'stop'
  | 'start'
  | 'reboot'
  | 'pause'
  | 'unpause'
  | 'suspend'
  | 'resume'
  | 'shelve'
  | 'shelve-offload'
  | 'unshelve'
  | 'resize-schedule'
  | 'resize-begin'
  | 'resize-power-off'
  | 'resize-finish'
  | 'resize-finished'
  | 'confirm'
  | 'revert'
  | 'revert-finish'
  | 'soft-delete'
  | 'delete'
  | 'restore'
  | 'reclaim'

export interface TaskRecord {
  readonly id: number
  readonly type: TaskType
  readonly serverId: string
  /** Milliseconds since the epoch. */
  readonly dueAt: number
  /** Whose nova-compute takes the step; while that is down the step waits. Null: the conductor's. */
  readonly host: string | null
  /** The action that it belongs to. */
  readonly actionId?: number
  readonly migrationId?: number
  /** Of a cold migration to a chosen host. */
  readonly targetHost?: string
  /** The driver's method that the step calls, if it is not that of its type. */
  readonly method?: string
}

export type NewTask = Omit<TaskRecord, 'id' | 'dueAt' | 'host'> & { readonly host?: string | null }

/** The driver's method that a step calls: what `vdi:fail` and `vdi:delay` in a server's metadata name. */
export const METHODS: Partial<Record<TaskType, string>> = {
  spawn: 'spawn',
  stop: 'power_off',
  start: 'power_on',
  reboot: 'reboot',
  pause: 'pause',
  unpause: 'unpause',
  suspend: 'suspend',
  resume: 'resume',
  shelve: 'snapshot',
  unshelve: 'spawn',
  'resize-power-off': 'migrate_disk_and_power_off',
  'resize-finished': 'finish_migration',
  confirm: 'confirm_migration',
  'revert-finish': 'finish_revert_migration',
  delete: 'destroy',
}

/** Adds a step; it is due after its type's delay and what the server's metadata `vdi:delay` asks for. */
export function addTask(state: ComputeState, task: NewTask, milliseconds = 0): void {
  const delay = state.settings.delays[task.type] ?? 0
  const dueAt = state.now + milliseconds + delay + askedDelay(state, task)
  state.tasks.push({ host: null, ...task, id: nextNumber(state), dueAt })
}

/** The steps that could be taken now: all but those of hosts that are down. */
export function runnableTasks(state: ComputeState): TaskRecord[] {
  return state.tasks.filter(({ host }) => host === null || isUp(state, host))
}

/** The step whose time came first; undefined if none has come yet. */
export function firstDueTask(state: ComputeState): TaskRecord | undefined {
  let first: TaskRecord | undefined
  for (const task of runnableTasks(state)) {
    if (task.dueAt > state.now) continue
    if (!first || task.dueAt < first.dueAt || (task.dueAt === first.dueAt && task.id < first.id)) first = task
  }
  return first
}

function askedDelay(state: ComputeState, { type, serverId }: NewTask): number {
  const asked = state.servers[serverId]?.metadata['vdi:delay']
  if (!asked) return 0
  for (const part of asked.split(',')) {
    const [method, seconds] = part.split('=')
    if (method?.trim() === METHODS[type]) return Number(seconds) * 1000
  }
  return 0
}

/** Why the driver refuses the step, if it was asked to. */
export function driverFailure(state: ComputeState, { type, serverId, method }: TaskRecord): string | undefined {
  const name = method ?? METHODS[type]
  if (name === undefined) return undefined
  const asked = (state.servers[serverId]?.metadata['vdi:fail'] ?? '').split(',').map((one) => one.trim())
  const next = state.failures.indexOf(name)
  if (next >= 0) state.failures.splice(next, 1)
  return next >= 0 || asked.includes(name) ? `vdifake: ${name} fails by request` : undefined
}
