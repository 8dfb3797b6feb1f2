import type { Situation } from './situation.ts'
import type { Fail, ResizeStep } from './steps.ts'

/**
 * Step 5: a flavor whose id derives from the resize. It is reached only where no resize of ours exists in Nova and none
 * is under way: a flavor made again would be taken for another one, and the server resized to it a second time.
 */
export function createFlavor({ observed }: Situation): ResizeStep | undefined {
  const refused = observed.answers.CreateFlavor
  if (refused?.type === 'Refused' && refused.final && observed.newFlavor !== 'Complete') {
    return { type: 'Fail', step: 'CreateFlavor', reason: refused.reason, message: refused.message } satisfies Fail
  }
  switch (observed.newFlavor) {
    case 'Unknown':
    case 'Absent':
      return { type: 'CreateFlavor' }
    case 'Incomplete':
      return { type: 'CompleteFlavor' }
    case 'Complete':
      return undefined
    case 'Different': {
      const message = 'a flavor with the id of this resize exists and is another one; delete it'
      return { type: 'Fail', step: 'CreateFlavor', reason: 'ResizeRefused', message } satisfies Fail
    }
  }
}

/** The flavor that nobody needs any more: the new one after a failure, the old one (if it is this desktop's) after success. */
export function deleteFlavor({ observed, ledger, server, course }: Situation): ResizeStep | undefined {
  if (course === 'Resized') return observed.oldFlavor === 'Ours' ? { type: 'DeleteOldFlavor' } : undefined
  const made = observed.newFlavor === 'Complete' || observed.newFlavor === 'Incomplete'
  return ledger.sent('CreateFlavor') && made && server?.flavor !== 'New' ? { type: 'DeleteNewFlavor' } : undefined
}
