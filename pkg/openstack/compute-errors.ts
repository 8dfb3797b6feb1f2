import type { Classify, Meaning } from './errors.ts'

/** What Nova's refusals mean that are the same for many calls; `undefined` leaves a status to the default. */

export const ofComputeRead: Classify = (status) => {
  // A marker that is gone, or a query that we built wrongly: nothing that the user wrote.
  if (status === 400) return { class: 'Conflict', code: 'BadQuery' }
  return undefined
}

/** 403 is how Nova says both that a quota is full and that the policy forbids something. */
export function ofForbidden(text: string): Meaning {
  if (/quota/i.test(text)) return { class: 'Quota', code: 'QuotaExceeded', message: `Nova: ${text}` }
  return { class: 'Refused', code: 'Forbidden', message: `the cloud's policy forbids this: ${text}` }
}

/**
 * 409 of something that is done to a server. `ServerLocked` (Refused): somebody has to unlock it. `ServerBusy`
 * (Conflict): a task is going on. `ServerStateConflict` (Conflict): it is in another state than we thought; look again.
 */
export function ofServerConflict(text: string): Meaning {
  if (/\bis locked\b/i.test(text)) return { class: 'Refused', code: 'ServerLocked', message: `Nova: ${text}` }
  if (/task_state/i.test(text)) return { class: 'Conflict', code: 'ServerBusy', message: `Nova: ${text}` }
  return { class: 'Conflict', code: 'ServerStateConflict', message: `Nova: ${text}` }
}

export const serverGone: Meaning = {
  class: 'NotFound',
  code: 'ServerNotFound',
  message: 'there is no such server (any more) in Nova',
}
