import { HttpError } from '../http.ts'
import type { Caller } from './caller.ts'
import type { ServerRecord, VmState } from './server-record.ts'

/** 409 for a locked server, whoever locked it; administrators act through every lock. */
export function checkLock(caller: Caller, server: ServerRecord): void {
  if (server.lockedBy !== null && !caller.isAdmin) throw new HttpError(409, `Instance ${server.id} is locked`)
}

export interface AllowedStates {
  readonly vm: readonly VmState[]
  /** Default: none only. `any`: whatever it does. */
  readonly task?: readonly (string | null)[] | 'any'
}

/** 409 unless the server is in one of the states and was active once. */
export function checkState(server: ServerRecord, action: string, { vm, task = [null] }: AllowedStates): void {
  const conflict = (attribute: string, state: string | null) =>
    state === null
      ? new HttpError(409, `Instance ${server.id} is in an invalid state for '${action}'`)
      : new HttpError(409, `Cannot '${action}' instance ${server.id} while it is in ${attribute} ${state}`)
  if (!vm.includes(server.vmState)) throw conflict('vm_state', server.vmState)
  if (task !== 'any' && !task.includes(server.taskState)) throw conflict('task_state', server.taskState)
  if (server.launchedAt === null) throw conflict('launched_at', null)
}

/** 409 for a server that was never put on a host, or left it (shelved). */
export function checkHost(server: ServerRecord): void {
  if (server.host === null) throw new HttpError(409, `Instance ${server.id} is not ready`)
}
