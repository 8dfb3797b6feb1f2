import type { DesktopResizeReason } from '../../api/v1alpha1/desktop-resize-reasons.ts'
import type { ObservedDesktop, ObservedServer } from './observed.ts'
import { type Situation, targetOf } from './situation.ts'
import type { Finish, Outcome, ResizeStep } from './steps.ts'
import { wait } from './waiting.ts'

/** Before anything is taken or touched: whether, and when, the resize may begin (RSZ-3). */
export function admit(situation: Situation): ResizeStep {
  const { resize, observed, server } = situation
  const { desktop } = observed
  const unfinished = server?.trace
  const mine = unfinished?.key === observed.key && unfinished.hash === observed.hash
  if (!mine && (resize.metadata.deletionTimestamp !== undefined || resize.spec.desiredState === 'Cancelled')) {
    return finish('Cancelled', 'CancelledByUser', 'it was cancelled before it began')
  }
  if (desktop === undefined) return finish('Cancelled', 'CancelledByUser', 'the Desktop was deleted')
  const taken = desktop.holder === 'Mine'
  // Work that was begun under another uid is gone on with, whatever is asked for now: it has to come to an end.
  if (mine) return afterOther(desktop) ?? (taken ? { type: 'Adopt' } : { type: 'Take' })
  return (
    replay(situation, desktop) ??
    window(situation) ??
    asked(situation, desktop) ??
    turn(situation, desktop) ??
    resizable(situation, desktop) ??
    (taken ? { type: 'Record' } : { type: 'Take' })
  )
}

/** One operation per desktop at a time. */
function afterOther({ holder, holderName }: ObservedDesktop): ResizeStep | undefined {
  return holder === 'Other' ? wait('Queued', `${holderName} has the desktop`) : undefined
}

export function finish(outcome: Outcome, reason: DesktopResizeReason, message: string): Finish {
  return { type: 'Finish', outcome, reason, message }
}

/** Deleting and making the object again must not do the work again. */
function replay({ observed }: Situation, { executed }: ObservedDesktop): ResizeStep | undefined {
  const before = executed.find(({ key }) => key === observed.key)
  if (before === undefined) return undefined
  if (before.hash === observed.hash) {
    const message = `the resize "${observed.key}" was carried out on this desktop before; nothing is done`
    return finish('Skipped', 'AlreadyExecuted', message)
  }
  const message = `the key "${observed.key}" was used on this desktop for another resize; use another name or idempotencyKey`
  return finish('Refused', 'IdempotencyKeyReused', message)
}

function window({ resize, observed }: Situation): ResizeStep | undefined {
  if (observed.window === 'Over') {
    return finish('Refused', 'DeadlinePassed', `notAfterTime ${resize.spec.notAfterTime} has passed`)
  }
  return observed.window === 'Early'
    ? wait('Scheduled', `it begins at notBeforeTime ${resize.spec.notBeforeTime}`)
    : undefined
}

function asked(situation: Situation, desktop: ObservedDesktop): ResizeStep | undefined {
  const { observed, server } = situation
  if (observed.wanted.cpus === undefined && observed.wanted.memoryMiB === undefined) {
    const message = 'set cpus or memory; the Desktop asks for no size in spec.resources'
    return finish('Refused', 'NothingRequested', message)
  }
  if (observed.server === 'Unknown') return wait('DesktopNotReady', 'the Desktop has no server yet')
  if (server === undefined) return finish('Refused', 'ServerGone', 'the server of the Desktop is gone from Nova')
  const target = targetOf(situation)
  if (desktop.automatic && target !== undefined) {
    const { cpus = target.cpus, memoryMiB = target.memoryMiB } = desktop.resources
    if (cpus !== target.cpus || memoryMiB !== target.memoryMiB) {
      const message = 'the Desktop has resizePolicy Automatic and asks for another size; change its spec.resources'
      return finish('Refused', 'WouldBeUndone', message)
    }
  }
  const same = target?.cpus === server.size.cpus && target.memoryMiB === server.size.memoryMiB
  return same ? finish('Unchanged', 'Unchanged', 'the server has this size already') : undefined
}

/** One operation per desktop at a time, the oldest first. */
function turn({ observed, server }: Situation, desktop: ObservedDesktop): ResizeStep | undefined {
  if (desktop.deleting) return finish('Cancelled', 'CancelledByUser', 'the Desktop is being deleted')
  const other = afterOther(desktop)
  if (other !== undefined) return other
  if (observed.ahead !== undefined) return wait('Queued', `DesktopResize "${observed.ahead}" is older and goes first`)
  if (server?.trace !== undefined) {
    const message = `DesktopResize "${server.trace.key}" was removed half way; make it again, so that it ends, with desiredState: Cancelled if it shall go back`
    return wait('Queued', message)
  }
  return undefined
}

function resizable({ observed }: Situation, desktop: ObservedDesktop): ResizeStep | undefined {
  const server = observed.server as ObservedServer
  if (!server.ownProject) return wait('ProjectChanged', 'the server is in another project than the Cloud now')
  if (server.taskState !== undefined || server.status === 'BUILD') {
    return wait('ServerBusy', `the server is ${server.status}, with the task ${server.taskState ?? 'to be made'}`, true)
  }
  if (server.status !== 'ACTIVE' && server.status !== 'SHUTOFF') {
    const message = `the server is ${server.status}; Nova resizes one that is ACTIVE or SHUTOFF`
    return finish('Refused', 'NotResizable', message)
  }
  if (server.lock === 'Other' && !desktop.ownsLock) {
    return finish(
      'Refused',
      'LockedByOther',
      `someone else locked the server: ${server.lockReason ?? 'no reason given'}`,
    )
  }
  if (observed.lacks === undefined) return undefined
  return finish('Refused', 'Refused', `the credential may not do what a resize takes: ${observed.lacks}`)
}
