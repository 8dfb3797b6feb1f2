import type { Caller } from './caller.ts'
import { type ComputeState, nextNumber } from './state.ts'
import { second } from './time.ts'

/** A step of an action. */
export interface EventRecord {
  readonly event: string
  readonly host: string | null
  readonly startTime: number
  finishTime: number | null
  result: 'Success' | 'Error' | null
  /** Why it failed, as administrators may read it. */
  details: string | null
  traceback: string | null
}

/** An action on a server: what `os-instance-actions` tells. */
export interface ActionRecord {
  readonly id: number
  readonly serverId: string
  readonly action: string
  /** Nova's own id of the request, never the one that the client sent. */
  readonly requestId: string
  readonly userId: string
  readonly projectId: string
  readonly startTime: number
  updatedAt: number | null
  message: 'Error' | null
  readonly events: EventRecord[]
}

export function recordAction(state: ComputeState, caller: Caller, serverId: string, action: string): number {
  const id = nextNumber(state)
  const { requestId, userId, projectId } = caller
  const startTime = second(state)
  state.actions.push({
    ...{ id, serverId, action, requestId, userId, projectId, startTime, updatedAt: null, message: null, events: [] },
  })
  return id
}

/** Notes a step that came to its end; a cause makes it an error, and the action too. */
export function recordEvent(
  state: ComputeState,
  actionId: number | undefined,
  { event, host, cause }: { event: string; host: string | null; cause?: string | undefined },
): void {
  const action = state.actions.findLast((one) => one.id === actionId)
  if (!action) return
  const time = second(state)
  const traceback = cause === undefined ? null : `Traceback (most recent call last):\n${cause}\n`
  const result = cause === undefined ? 'Success' : 'Error'
  action.events.unshift({
    ...{ event, host, startTime: time, finishTime: time, result, details: cause ?? null, traceback },
  })
  action.updatedAt = time
  if (cause !== undefined) action.message = 'Error'
}
