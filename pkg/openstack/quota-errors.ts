import type { Classify } from './errors.ts'

/** What refusals of quotas mean, by Nova and Cinder alike; `undefined` leaves a status to the default of `errors.ts`. */

export const ofQuotaRead: Classify = (status, text) => {
  if (status === 400) return { class: 'InvalidSpec', code: 'ProjectInvalid', message: `no such project: ${text}` }
  if (status === 403)
    return { class: 'Refused', code: 'Forbidden', message: `the cloud's policy forbids this: ${text}` }
  return undefined
}

export const ofQuotaWrite: Classify = (status, text) => {
  // Nova: "Quota limit 1 for cores must be greater than or equal to already used and reserved 2".
  if (status === 400 && /already used|in.?use|reserved|less than/i.test(text)) {
    return { class: 'Refused', code: 'QuotaBelowUse', message: `more is used than the limit would be: ${text}` }
  }
  if (status === 400) return { class: 'InvalidSpec', code: 'QuotaInvalid', message: `the limits are refused: ${text}` }
  return ofQuotaRead(status, text)
}
