import { recordEvent } from './action-record.ts'
import { POWER, type ServerRecord } from './server-record.ts'
import { errorOut, save, setFault } from './server-save.ts'
import type { Step, StepContext } from './step.ts'

/** A step of the server's host that changes how the guest runs; a failure leaves the server as it was. */
function powerStep(event: string, taskState: string, changes: Partial<ServerRecord>): Step {
  return (context) => {
    const { state, server, task, failure } = context
    const cause = failure ?? (server.guest ? undefined : `Instance ${server.id} could not be found.`)
    recordEvent(state, task.actionId, { event, host: server.host, cause })
    if (server.taskState !== taskState) return
    if (cause !== undefined) setFault(state, server, cause)
    save(state, server, { ...(cause === undefined && changes), taskState: null })
  }
}

export const stop = powerStep('compute_stop_instance', 'powering-off', {
  vmState: 'stopped',
  powerState: POWER.shutdown,
})
export const start = powerStep('compute_start_instance', 'powering-on', {
  vmState: 'active',
  powerState: POWER.running,
})
export const pause = powerStep('compute_pause_instance', 'pausing', { vmState: 'paused', powerState: POWER.paused })
export const unpause = powerStep('compute_unpause_instance', 'unpausing', {
  vmState: 'active',
  powerState: POWER.running,
})
export const suspend = powerStep('compute_suspend_instance', 'suspending', {
  vmState: 'suspended',
  powerState: POWER.suspended,
})
export const resume = powerStep('compute_resume_instance', 'resuming', {
  vmState: 'active',
  powerState: POWER.running,
})

/** Whatever fails, a running guest goes on running and the action succeeds; a hard reboot brings back one that is gone. */
export const reboot: Step = (context: StepContext) => {
  const { state, server, task, failure } = context
  const isHard = server.taskState === 'rebooting_hard'
  if (!isHard && server.taskState !== 'rebooting') return
  const isRunning = server.guest && server.powerState === POWER.running
  const failed = failure !== undefined && !isRunning
  const event = { event: 'compute_reboot_instance', host: server.host }
  recordEvent(state, task.actionId, failed ? { ...event, cause: failure } : event)
  if (failed) errorOut(state, server, failure)
  else save(state, server, { vmState: 'active', taskState: null, powerState: POWER.running, guest: true })
}
