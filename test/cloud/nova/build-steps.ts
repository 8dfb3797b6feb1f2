import { HttpError } from '../http.ts'
import { recordEvent } from './action-record.ts'
import { allocate, pickHost, release, sizeOf } from './placement.ts'
import { POWER, type ServerRecord } from './server-record.ts'
import { errorOut, save, setFault } from './server-save.ts'
import type { ComputeState } from './state.ts'
import type { Step } from './step.ts'
import { addTask } from './task.ts'
import { second } from './time.ts'

/** So many hosts are tried before a server that does not start is given up. */
const MOST_ATTEMPTS = 3

/** The conductor finds a host for a new server. */
export const schedule: Step = ({ state, server, task, neighbours }) => {
  if (server.vmState !== 'building') return
  const { requested } = server
  const host = pickHost(state, sizeOf(server), { host: requested.host, ignore: requested.tried })
  const event = { event: 'conductor_schedule_and_build_instances', host: 'controller' }
  if (host === undefined) {
    const tried = requested.tried.length > 0
    const cause = tried ? exhausted(server) : 'No valid host was found. '
    errorOut(state, server, cause)
    neighbours.ports.release(server.id)
    if (!tried) recordEvent(state, task.actionId, { ...event, cause })
    return
  }
  allocate(state, server.id, host, sizeOf(server))
  try {
    neighbours.ports.allocate({ ...server, host }, ...server.requested.ports)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    abort(state, server, error.message)
    neighbours.ports.release(server.id)
    return
  }
  save(state, server, { host, taskState: 'spawning' })
  const action = task.actionId === undefined ? {} : { actionId: task.actionId }
  addTask(state, { type: 'spawn', serverId: server.id, host, ...action })
}

/** What fails on every host alike is not tried on another one. */
function abort(state: ComputeState, server: ServerRecord, why: string): void {
  release(state, server.id)
  errorOut(state, server, `Build of instance ${server.id} aborted: ${why}`)
}

function exhausted(server: ServerRecord): string {
  const reason = `Exhausted all hosts available for retrying build failures for instance ${server.id}.`
  return `Exceeded maximum number of retries. ${reason}`
}

/** The host starts the guest; a host that cannot is left for another one. */
export const spawn: Step = ({ state, server, task, failure, neighbours }) => {
  if (server.taskState !== 'spawning') return
  const event = { event: 'compute__do_build_and_run_instance', host: server.host, cause: failure }
  recordEvent(state, task.actionId, event)
  if (failure === undefined) {
    save(state, server, {
      ...{ vmState: 'active', taskState: null, powerState: POWER.running, guest: true, launchedAt: second(state) },
    })
    return
  }
  release(state, server.id)
  server.requested.tried.push(server.host ?? '')
  if (server.requested.tried.length >= MOST_ATTEMPTS) {
    errorOut(state, server, exhausted(server))
    save(state, server, { host: null })
    neighbours.ports.release(server.id)
    return
  }
  setFault(state, server, failure)
  reschedule(state, server, task.actionId)
}

function reschedule(state: ComputeState, server: ServerRecord, actionId: number | undefined): void {
  save(state, server, { host: null, taskState: 'scheduling' })
  addTask(state, { type: 'schedule', serverId: server.id, ...(actionId !== undefined && { actionId }) })
}
