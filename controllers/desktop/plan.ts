import type { DesktopReason } from '../../api/v1alpha1/desktop-reasons.ts'
import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { type Await, awaitCloud, type Stall } from '../../pkg/cloud-objects/waits.ts'
import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { planChanges } from './plan-changes.ts'
import { planDeletion } from './plan-deletion.ts'
import { planLaunch } from './plan-launch.ts'
import type { DesktopDecision, DesktopStep } from './steps.ts'

/** Exactly one next step. Pure. */
export function plan(desktop: Desktop, observed: Observed): DesktopDecision {
  if (desktop.metadata.deletionTimestamp !== undefined) return planDeletion(desktop, observed)
  if (observed.state === 'Closed') return awaitCloud(observed)
  if (observed.takenBy !== undefined) {
    return stall('ServerTaken', `Desktop "${observed.takenBy}" holds the same server; delete one of the two objects`)
  }
  const { server } = observed
  const { creates, manages } = effectivePolicy(desktop)
  if (server === undefined) {
    return creates && manages ? planLaunch(desktop, observed) : planNotFound(desktop, observed, creates)
  }
  return planFound(desktop, server, observed, manages)
}

/** There is a server: nothing is changed of it before Nova is done with what it does. */
function planFound(desktop: Desktop, server: NovaServer, observed: ObservedInCloud, manages: boolean): DesktopStep {
  if (server.status === 'ERROR') return planFailed(desktop, server)
  const operation = desktop.status?.activeOperation
  if (operation !== undefined) {
    return wait('Resizing', `${operation.kind} "${operation.name}" has the server; nothing else is changed meanwhile`)
  }
  if (server.status === 'BUILD') return wait('Building', 'Nova builds the server', true)
  if (server.task_state !== undefined) return wait('Busy', `Nova is at the server: ${server.task_state}`, true)
  if (server.status === 'VERIFY_RESIZE') {
    const message = 'someone else resized the server; it waits for: openstack server resize confirm (or revert)'
    return wait('Busy', `${message} ${server.id}`)
  }
  return manages ? planChanges(desktop, server, observed) : { type: 'Rest' }
}

/** What never came up holds nothing of a user's; what did is left for a person to look at. */
function planFailed({ status, spec, metadata }: Desktop, server: NovaServer): DesktopStep {
  const fault = server.fault?.message ?? 'Nova does not say why'
  const neverUp = status?.creation !== undefined && status.launchedTime === undefined && status.id !== undefined
  if (neverUp && effectivePolicy({ spec }).manages && status.activeOperation === undefined) {
    const reason = /no valid host/i.test(fault) ? 'NoValidHost' : 'ServerFailed'
    return { type: 'Discard', id: server.id, reason, message: `Nova could not build the server: ${fault}` }
  }
  const advice = `look at it with: openstack server show ${server.id}; a hard reboot often helps`
  return wait('ServerFailed', `the server of ${metadata.name} is in ERROR: ${fault}; ${advice}`)
}

/** No server is there for an object that makes none. */
function planNotFound({ spec, status }: Desktop, observed: ObservedInCloud, creates: boolean): DesktopStep {
  const { existing } = spec.source
  if (observed.matches > 1) {
    const message = `${observed.matches} servers are called "${existing?.name}"; use existing.id, or rename all but one`
    return stall('ServerAmbiguous', message)
  }
  if (status?.id !== undefined || creates) return gone(status?.id, observed)
  const what = existing?.id ? `id ${existing.id}` : `the name "${existing?.name}"`
  return wait('ServerNotFound', `no server with ${what} is in the project; waiting for it to appear`)
}

/** A server that was there, and is no longer. */
export function gone(id: string | undefined, { softDeleted }: Pick<ObservedInCloud, 'softDeleted'>): DesktopStep {
  if (softDeleted) {
    const message = `server ${id} is soft-deleted; bring it back with: openstack server restore ${id}; or delete this object`
    return wait('ServerSoftDeleted', message)
  }
  const message = `server ${id ?? ''} was in Nova and is no longer; delete this object, or set the annotation vdi.auxo.dev/refresh to have it made anew`
  return stall('ServerGone', message)
}

export function stall(reason: DesktopReason, message: string): Stall<DesktopReason> {
  return { type: 'Stall', reason, message }
}

/** `hurry`: Nova is at it. */
export function wait(reason: DesktopReason, message: string, hurry = false): Await<DesktopReason> {
  return { type: 'Await', reason, message, hurry }
}
