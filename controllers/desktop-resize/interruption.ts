import type { DesktopResizeReason } from '../../api/v1alpha1/desktop-resize-reasons.ts'
import type { Situation } from './situation.ts'
import type { Outcome } from './steps.ts'

/** Why a resize goes to the nearest safe point instead of on. */
export interface Interruption {
  outcome: Outcome
  reason: DesktopResizeReason
  message: string
}

/** What speaks against going on. Once it is there it stays: nothing goes to and fro. */
export function interruption({ resize, observed, ledger }: Situation): Interruption | undefined {
  const { failure } = resize.status ?? {}
  if (failure !== undefined) {
    return { outcome: 'Failed', reason: failure.reason as DesktopResizeReason, message: failure.message }
  }
  if (resize.spec.desiredState === 'Cancelled' || resize.metadata.deletionTimestamp !== undefined) {
    return { outcome: 'Cancelled', reason: 'CancelledByUser', message: 'it was cancelled; the size is as before' }
  }
  if (observed.desktop === undefined || observed.desktop.deleting) {
    return { outcome: 'Cancelled', reason: 'CancelledByUser', message: 'the Desktop is being deleted' }
  }
  if (!observed.overdue) return undefined
  if (ledger.isOpen('Hold') && !ledger.sent('Lock')) {
    const message = 'the project had no room for the new size until timeoutSeconds had passed'
    return { outcome: 'Failed', reason: 'QuotaExceeded', message }
  }
  return { outcome: 'Failed', reason: 'TimedOut', message: 'timeoutSeconds have passed; the size is as before' }
}
