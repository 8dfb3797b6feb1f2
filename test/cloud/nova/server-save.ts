import { HttpError } from '../http.ts'
import type { ServerRecord } from './server-record.ts'
import type { ComputeState } from './state.ts'
import { second } from './time.ts'

/** Changes a server and its `updated`. */
export function save(state: ComputeState, server: ServerRecord, changes: Partial<ServerRecord>): void {
  Object.assign(server, changes, { updatedAt: second(state) })
}

/**
 * Puts a task on a server, if it still has one of the tasks (by default none) that the caller saw: Nova compares and
 * swaps only here, and whoever comes second gets a 500.
 */
export function claimTask(
  state: ComputeState,
  server: ServerRecord,
  taskState: string,
  expected: readonly (string | null)[] = [null],
): void {
  if (!expected.includes(server.taskState)) throw unexpected('nova.exception.UnexpectedTaskStateError')
  save(state, server, { taskState })
}

/** What Nova answers to an exception that nobody caught. */
export function unexpected(exception: string): HttpError {
  const report = 'Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if possible.'
  return new HttpError(500, `Unexpected API Error. ${report}\n<class '${exception}'>`)
}

/** Records why a server failed. */
export function setFault(state: ComputeState, server: ServerRecord, message: string, details = ''): void {
  server.fault = { code: 500, createdAt: second(state), message, details }
}

/** What most failures of nova-compute do: ERROR, no task, the cause as fault. */
export function errorOut(state: ComputeState, server: ServerRecord, cause: string): void {
  setFault(state, server, cause, `Traceback (most recent call last):\n${cause}\n`)
  save(state, server, { vmState: 'error', taskState: null })
}
