import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import type { Situation } from './situation.ts'
import type { Fail, ResizeStep } from './steps.ts'

/** Whether the server is powered off first: mode Cold, which is what an absent mode means. */
function isCold({ spec }: DesktopResize): boolean {
  return (spec.mode ?? 'Cold') === 'Cold'
}

/** Step 4: a cold resize powers off what runs. Anything but ACTIVE or SHUTOFF came about meanwhile. */
export function powerOff({ resize, observed, server, ledger }: Situation): ResizeStep | undefined {
  const refused = observed.answers.PowerOff
  if (server?.status === 'ACTIVE') {
    if (!isCold(resize)) return undefined
    if (refused?.type === 'Refused' && refused.final) return failed(refused.message)
    if (isOver('PowerOff', ledger)) return failed('Nova took the stop, and the server runs again')
    return { type: 'PowerOff' }
  }
  if (server?.status === 'SHUTOFF') return undefined
  const message = `the server became ${server?.status} meanwhile; Nova resizes one that is ACTIVE or SHUTOFF`
  return { type: 'Fail', step: 'PowerOff', reason: 'NotResizable', message } satisfies Fail
}

function failed(message: string): Fail {
  return { type: 'Fail', step: 'PowerOff', reason: 'PowerOffFailed', message }
}

/** It was done, and is not to be seen any more: doing it again and again would help nobody. */
function isOver(step: 'PowerOff' | 'PowerOn', ledger: Situation['ledger']): boolean {
  return ledger.sent(step) && !ledger.isOpen(step)
}

/** Step 9: on if it was on. Off if it was off and our own hard reboot started it. */
export function restorePower({ preImage, server, ledger, observed }: Situation): ResizeStep | undefined {
  const ran = preImage?.powerState === 'Running'
  if (ran && server?.status === 'SHUTOFF')
    return isGivenUp('PowerOn', observed, ledger) ? undefined : { type: 'PowerOn' }
  if (ran || !ledger.sent('Recover') || server?.status !== 'ACTIVE') return undefined
  return isGivenUp('PowerOff', observed, ledger) ? undefined : { type: 'PowerOff' }
}

/** Refused for good: it stays as it is, and the message says so. */
function isGivenUp(
  step: 'PowerOn' | 'PowerOff',
  { answers }: Situation['observed'],
  ledger: Situation['ledger'],
): boolean {
  const answer = answers[step]
  return isOver(step, ledger) || (answer?.type === 'Refused' && answer.final)
}
