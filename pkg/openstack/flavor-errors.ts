import { ofForbidden } from './compute-errors.ts'
import type { Classify, Meaning } from './errors.ts'

/** What Nova's refusals of flavors mean, call by call; `undefined` leaves a status to the default of `errors.ts`. */

const gone: Meaning = {
  class: 'NotFound',
  code: 'FlavorNotFound',
  message: 'there is no such flavor (any more) in Nova',
}

export const ofFlavorCreate: Classify = (status, text) => {
  // Also a name that is taken.
  if (status === 409) return { class: 'Conflict', code: 'FlavorExists', message: `Nova: ${text}` }
  return ofFlavorUpdate(status, text)
}

export const ofFlavorUpdate: Classify = (status, text) => {
  if (status === 400) {
    return { class: 'InvalidSpec', code: 'FlavorInvalid', message: `Nova refuses the flavor: ${text}` }
  }
  if (status === 403) return ofForbidden(text)
  if (status === 404) return gone
  return undefined
}

export const ofFlavorAccess: Classify = (status, text) => {
  if (status === 400) return { class: 'InvalidSpec', code: 'ProjectInvalid', message: `Nova: ${text}` }
  if (status === 409) return { class: 'Conflict', code: 'FlavorAccess', message: `Nova: ${text}` }
  return ofFlavorUpdate(status, text)
}
