import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import { admit, finish } from './admission.ts'
import { createFlavor } from './flavor.ts'
import { hold } from './hold.ts'
import { interruption } from './interruption.ts'
import { lock } from './lock.ts'
import type { Observed, ObservedFinished } from './observed.ts'
import { powerOff } from './power.ts'
import { recover } from './recovery.ts'
import { sendResize } from './resizing.ts'
import { end } from './settle.ts'
import { type Situation, situationOf } from './situation.ts'
import type { Fail, ResizeDecision, ResizeStep } from './steps.ts'
import { holdBack } from './unsettled.ts'
import { verify } from './verification.ts'
import { wait } from './waiting.ts'

/**
 * Exactly one next step. Pure: from what is on record and what is there, never from a counter. Whoever dies between any
 * two instructions comes to the same decision, or to a wait for the request that may still be under way.
 */
export function plan(resize: DesktopResize, observed: Observed): ResizeDecision {
  if (observed.state === 'Finished') return finished(resize, observed)
  if (observed.state === 'Closed') {
    const untouched = resize.status?.startTime === undefined
    return resize.metadata.deletionTimestamp !== undefined && untouched
      ? { type: 'ReleaseFinalizer' }
      : awaitCloud(observed)
  }
  if (observed.state === 'NoDesktop') return withoutDesktop(resize)
  const situation = situationOf(resize, observed)
  return holdBack(situation, situation.preImage === undefined ? admit(situation) : work(situation))
}

/** The outcome is on record: only the desktop may still have to be given back. */
function finished({ metadata }: DesktopResize, { holder }: ObservedFinished): ResizeDecision {
  if (holder === 'Mine' || holder === 'Earlier') return { type: 'Release' }
  return metadata.deletionTimestamp === undefined ? { type: 'Rest' } : { type: 'ReleaseFinalizer' }
}

function withoutDesktop({ metadata, spec }: DesktopResize): ResizeDecision {
  if (metadata.deletionTimestamp !== undefined) return { type: 'ReleaseFinalizer' }
  if (spec.desiredState === 'Cancelled')
    return finish('Cancelled', 'CancelledByUser', 'it was cancelled before it began')
  return wait('DesktopNotFound', `there is no Desktop "${spec.desktopRef.name}" in this namespace`)
}

/** From the record of the server as it was to the outcome. */
function work(situation: Situation): ResizeStep {
  const { observed } = situation
  const holder = observed.desktop?.holder
  if (holder === 'Other') return wait('Queued', `${observed.desktop?.holderName} has the desktop`)
  if (holder !== undefined && holder !== 'Mine') return { type: 'Take' }
  switch (situation.course) {
    case 'Before':
      return before(situation)
    case 'Unknown':
      return wait('OutcomeUnknown', 'it is not known yet whether Nova took the resize; looking again', true)
    case 'Busy':
    case 'Deciding':
      return busy(situation)
    case 'Verify':
      return verify(situation)
    case 'Broken':
      return recover(situation)
    case 'Gone':
      return gone(situation) ?? end(situation)
    case 'Resized':
    case 'Failed':
      return end(situation)
  }
}

/** On record before anything else: Nova goes on with a resize whose server is deleted, and may bring it back. */
function gone({ resize, ledger }: Situation): ResizeStep | undefined {
  if (!ledger.sent('Resize') || resize.status?.failure !== undefined) return undefined
  const message = 'the server was deleted while it was resized'
  return { type: 'Fail', step: 'Resize', reason: 'ServerGone', message } satisfies Fail
}

/** The order of RSZ-1, as long as nothing speaks against going on. */
function before(situation: Situation): ResizeStep {
  if (interruption(situation) !== undefined) return end(situation)
  return (
    record(situation) ??
    hold(situation) ??
    lock(situation) ??
    powerOff(situation) ??
    createFlavor(situation) ??
    sendResize(situation)
  )
}

/** What is needed to go back is in the server's metadata before anything is done to it. */
function record({ observed, ledger, server }: Situation): ResizeStep | undefined {
  const recorded = server?.trace?.operation === observed.operation
  return recorded || ledger.sent('Lock') || ledger.sent('Hold') ? undefined : { type: 'Record' }
}

/** Nova has a task on the server; what for, the resize's own record tells. */
function busy({ observed, server, ledger }: Situation): ResizeStep {
  const doing = `Nova's task is ${server?.taskState ?? 'not shown'}`
  const late = observed.overdue ? '; timeoutSeconds have passed, and Nova lets nobody end it from outside' : ''
  const down = server?.hostDown ? `; its compute host ${server.host ?? ''} is down, bring it back` : ''
  if (ledger.isOpen('Revert')) return wait('Reverting', `${doing}${late}${down}`, true)
  if (ledger.isOpen('Recover')) return wait('Recovering', `${doing}${late}${down}`, true)
  if (ledger.isOpen('Confirm')) return wait('Confirming', `${doing}${late}${down}`, true)
  if (ledger.sent('PowerOn')) return wait('PoweringOn', `${doing}${late}${down}`, true)
  if (ledger.sent('Resize')) return wait('Resizing', `${doing}${late}${down}`, true)
  if (ledger.sent('PowerOff')) return wait('PoweringOff', `${doing}${late}${down}`, true)
  return wait('ServerBusy', `${doing}${late}${down}`, true)
}
