import { end } from './settle.ts'
import type { Situation } from './situation.ts'
import type { Fail, ResizeStep } from './steps.ts'

/** Step 7, the worst case: the server is in ERROR. One hard reboot; what it does not heal is left to people. */
export function recover(situation: Situation): ResizeStep {
  const { resize, ledger, observed, server } = situation
  const fault = server?.fault ?? observed.evidence.cause ?? 'Nova gives no fault'
  if (resize.status?.failure === undefined) {
    const step = ledger.sent('Confirm') ? 'Confirm' : ledger.sent('Revert') ? 'Revert' : 'Resize'
    const message = `the server went into ERROR: ${fault}`
    return { type: 'Fail', step, reason: 'ResizeFailed', message } satisfies Fail
  }
  // In ERROR before Nova was asked to resize: not ours to reboot.
  if (!ledger.sent('Resize') || (ledger.sent('Recover') && !mayTryAgain(situation))) return end(situation)
  return { type: 'Recover' }
}

/** The request that was on record never arrived: no such action, and nothing is under way. */
function mayTryAgain({ ledger, observed: { evidence, answers } }: Situation): boolean {
  return ledger.isOpen('Recover') && !evidence.rebooted && answers.Recover === undefined
}
