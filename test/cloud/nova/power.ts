import { HttpError } from '../http.ts'
import type { ServerAction } from './action.ts'
import { recordAction } from './action-record.ts'
import { requireMember } from './caller.ts'
import { type AllowedStates, checkHost, checkLock, checkState } from './checks.ts'
import { claimTask } from './server-save.ts'
import { addTask, type TaskType } from './task.ts'

interface PowerChange {
  /** The policy's rule. */
  readonly rule: string
  /** What Nova calls it when it is refused. */
  readonly name: string
  readonly allowed: AllowedStates
  readonly taskState: string
  readonly task: TaskType
  /** Whether the server must be on a host. */
  readonly needsHost?: boolean
}

/** An action that puts a task on the server and leaves the rest to its host. */
function powerAction({ rule, name, allowed, taskState, task, needsHost = false }: PowerChange): ServerAction<unknown> {
  return {
    check({ caller, server }) {
      requireMember(caller, rule)
      checkLock(caller, server)
      if (needsHost) checkHost(server)
      checkState(server, name, allowed)
    },
    effect({ state, caller, server }) {
      claimTask(state, server, taskState)
      const actionId = recordAction(state, caller, server.id, name)
      addTask(state, { type: task, serverId: server.id, host: server.host, actionId })
      return { status: 202 }
    },
  }
}

/** Also in ERROR: where there is no guest it has no effect. */
export const stop = powerAction({
  ...{ rule: 'servers:stop', name: 'stop', taskState: 'powering-off', task: 'stop', needsHost: true },
  allowed: { vm: ['active', 'error'] },
})

export const start = powerAction({
  ...{ rule: 'servers:start', name: 'start', taskState: 'powering-on', task: 'start', needsHost: true },
  allowed: { vm: ['stopped'] },
})

export const pause = powerAction({
  ...{ rule: 'os-pause-server:pause', name: 'pause', taskState: 'pausing', task: 'pause' },
  allowed: { vm: ['active'] },
})

export const unpause = powerAction({
  ...{ rule: 'os-pause-server:unpause', name: 'unpause', taskState: 'unpausing', task: 'unpause' },
  allowed: { vm: ['paused'] },
})

export const suspend = powerAction({
  ...{ rule: 'os-suspend-server:suspend', name: 'suspend', taskState: 'suspending', task: 'suspend' },
  allowed: { vm: ['active'] },
})

export const resume = powerAction({
  ...{ rule: 'os-suspend-server:resume', name: 'resume', taskState: 'resuming', task: 'resume' },
  allowed: { vm: ['suspended'] },
})

const HARD_REBOOT_TASKS = [
  ...[null, 'rebooting', 'reboot_pending', 'reboot_started', 'resuming', 'rebooting_hard'],
  ...['unpausing', 'pausing', 'suspending'],
]

/** SOFT only while it is active; HARD also brings back a stopped server and most that are in ERROR. */
export const reboot: ServerAction<{ type: string }, boolean> = {
  check({ caller, server, args }) {
    requireMember(caller, 'servers:reboot')
    checkLock(caller, server)
    const type = args.type.toUpperCase()
    if (type !== 'SOFT' && type !== 'HARD') {
      throw new HttpError(400, `Invalid input for field/attribute type. Value: ${args.type}.`)
    }
    const hard = { vm: ['active', 'stopped', 'paused', 'suspended', 'error'], task: HARD_REBOOT_TASKS } as const
    checkState(server, 'reboot', type === 'HARD' ? hard : { vm: ['active'] })
    return type === 'HARD'
  },
  effect({ state, caller, server }, isHard) {
    claimTask(state, server, isHard ? 'rebooting_hard' : 'rebooting', isHard ? HARD_REBOOT_TASKS : [null])
    const actionId = recordAction(state, caller, server.id, 'reboot')
    addTask(state, { type: 'reboot', serverId: server.id, host: server.host, actionId })
    return { status: 202 }
  },
}
