import { HttpError } from '../http.ts'
import type { Caller } from './caller.ts'
import type { ServerRecord } from './server-record.ts'
import type { ComputeState } from './state.ts'

/** The server, if it is there and the caller's project's; administrators see all projects'. */
export function findServer(state: ComputeState, caller: Caller, id: string): ServerRecord {
  const server = state.servers[id.toLowerCase()]
  if (!server || server.vmState === 'deleted' || !mayReach(server, caller)) {
    throw new HttpError(404, `Instance ${id} could not be found.`)
  }
  return server
}

export function mayReach(server: ServerRecord, caller: Caller): boolean {
  return caller.isAdmin || server.projectId === caller.projectId
}
