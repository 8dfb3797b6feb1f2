import { ofForbidden, ofServerConflict, serverGone } from './compute-errors.ts'
import type { Classify } from './errors.ts'

/** What Nova's refusals of servers mean, call by call; `undefined` leaves a status to the default of `errors.ts`. */

export const ofServerCreate: Classify = (status, text) => {
  if (status === 400) return ofBadServer(text)
  if (status === 403 || status === 413) return ofForbidden(text)
  if (status === 404) return { class: 'Refused', code: 'ReferenceNotFound', message: `Nova: ${text}` }
  if (status === 409 && /multiple possible networks/i.test(text)) {
    return { class: 'InvalidSpec', code: 'NetworkAmbiguous', message: `name the networks: ${text}` }
  }
  if (status === 409) return { class: 'Refused', code: 'ServerConflict', message: `Nova: ${text}` }
  return undefined
}

/** What the server refers to may still come or change; what it says itself may not. */
function ofBadServer(text: string) {
  const message = `Nova refuses the server: ${text}`
  if (/not active|is deactivated/i.test(text)) return { class: 'Refused', code: 'ImageNotActive', message } as const
  if (/could not be found|can not find|cannot find|invalid key_name|not found/i.test(text)) {
    return { class: 'Refused', code: 'ReferenceNotFound', message } as const
  }
  return { class: 'InvalidSpec', code: 'ServerInvalid', message } as const
}

/** Changes of names, metadata, tags, security groups; deletion. */
export const ofServerUpdate: Classify = (status, text) => {
  if (status === 400) {
    return { class: 'InvalidSpec', code: 'ServerInvalid', message: `Nova refuses the change: ${text}` }
  }
  if (status === 403 || status === 413) return ofForbidden(text)
  if (status === 404) return serverGone
  if (status === 409) return ofServerConflict(text)
  return undefined
}

/** Stop, start, pause, lock, … */
export const ofServerAction: Classify = (status, text) => {
  if (status === 400) return { class: 'Refused', code: 'ActionRefused', message: `Nova refuses this: ${text}` }
  if (status === 403) return ofForbidden(text)
  if (status === 404) return serverGone
  if (status === 409) return ofServerConflict(text)
  return undefined
}

export const ofUnlock: Classify = (status, text) => {
  if (status === 403) {
    const message = `the server was locked by an administrator, who has to unlock it: ${text}`
    return { class: 'Refused', code: 'LockedByAdministrator', message }
  }
  return ofServerAction(status, text)
}

export const ofResize: Classify = (status, text) => {
  if (status === 400 && /must change flavor|same flavor|already has/i.test(text)) {
    return { class: 'Conflict', code: 'SameFlavor', message: `the server has this flavor already: ${text}` }
  }
  if (status === 400) {
    return { class: 'InvalidSpec', code: 'ResizeInvalid', message: `Nova refuses the resize: ${text}` }
  }
  return ofServerAction(status, text)
}

/** Of `confirmResize` and `revertResize`: look at the migration again. */
export const ofResizeEnd: Classify = (status, text) => {
  if (status === 400) return { class: 'Conflict', code: 'NotResized', message: `nothing waits for this: ${text}` }
  return ofServerAction(status, text)
}
