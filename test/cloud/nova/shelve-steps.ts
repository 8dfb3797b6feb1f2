import { recordEvent } from './action-record.ts'
import { allocate, pickHost, release, sizeOf } from './placement.ts'
import { POWER } from './server-record.ts'
import { errorOut, save, setFault } from './server-save.ts'
import type { Step } from './step.ts'
import { second } from './time.ts'

export const shelve: Step = ({ state, server, task, failure }) => {
  if (server.taskState !== 'shelving') return
  recordEvent(state, task.actionId, { event: 'compute_shelve_instance', host: server.host, cause: failure })
  if (failure !== undefined) errorOut(state, server, failure)
  else save(state, server, { vmState: 'shelved', taskState: null, powerState: POWER.shutdown })
}

export const shelveOffload: Step = ({ state, server, task }) => {
  if (server.taskState !== 'shelving' && server.taskState !== 'shelving_offloading') return
  recordEvent(state, task.actionId, { event: 'compute_shelve_offload_instance', host: server.host })
  release(state, server.id)
  save(state, server, {
    ...{ vmState: 'shelved_offloaded', taskState: null, powerState: POWER.shutdown, host: null, guest: false },
  })
}

/** A server that has left its host needs one again; without one it stays where it is. */
export const unshelve: Step = ({ state, server, task, failure }) => {
  if (server.taskState !== 'unshelving') return
  const host = server.host ?? pickHost(state, sizeOf(server), {})
  const cause = failure ?? (host === undefined ? 'No valid host was found. ' : undefined)
  recordEvent(state, task.actionId, { event: 'compute_unshelve_instance', host: host ?? null, cause })
  if (host === undefined || cause !== undefined) {
    setFault(state, server, cause ?? '')
    save(state, server, { taskState: null })
    return
  }
  if (server.host === null) allocate(state, server.id, host, sizeOf(server))
  save(state, server, {
    ...{ vmState: 'active', taskState: null, powerState: POWER.running, host, guest: true, launchedAt: second(state) },
  })
}
