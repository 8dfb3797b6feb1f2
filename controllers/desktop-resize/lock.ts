import type { Situation } from './situation.ts'
import type { Fail, ResizeStep } from './steps.ts'

/** Step 2: locked with a reason that names the resize. A lock of the Desktop's own is kept instead. */
export function lock({ preImage, server, observed }: Situation): ResizeStep | undefined {
  if (server === undefined || server.lock === 'Ours') return undefined
  if (server.lock === 'Unlocked') return { type: preImage?.lock === 'Locked' ? 'Relock' : 'Lock' }
  if (preImage?.lock === 'Locked' && server.lockReason === preImage.lockReason) return undefined
  const refused = observed.answers.Lock?.type === 'Refused' ? observed.answers.Lock.message : undefined
  const message = refused ?? `someone else locked the server meanwhile: ${server.lockReason ?? 'no reason given'}`
  return { type: 'Fail', step: 'Lock', reason: 'LockedByOther', message } satisfies Fail
}

/** Step 10: the lock is as it was before. One that someone else put on is theirs. */
export function restoreLock({ preImage, server }: Situation): ResizeStep | undefined {
  if (server === undefined) return undefined
  if (preImage?.lock === 'Locked') return server.lock === 'Unlocked' ? { type: 'Relock' } : undefined
  return server.lock === 'Ours' ? { type: 'Unlock' } : undefined
}
