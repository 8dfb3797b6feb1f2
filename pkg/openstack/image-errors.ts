import type { Classify, Meaning } from './errors.ts'

/** What Glance's refusals mean, call by call. `undefined` leaves a status to the default of `errors.ts`. */

export const ofRead: Classify = (status) => {
  // A list or GET that Glance finds malformed is our defect (a bad marker is handled by the lister), not the user's.
  if (status === 400) return { class: 'Conflict', code: 'BadQuery' }
  return undefined
}

export const ofCreate: Classify = (status, text) => {
  if (status === 409) return { class: 'Conflict', code: 'ImageExists' }
  return ofFields(status, text)
}

export const ofUpdate: Classify = (status, text) => {
  if (status === 404) return { class: 'NotFound', code: 'ImageNotFound' }
  if (status === 409) return { class: 'Conflict', code: 'ImageChanged' }
  return ofFields(status, text)
}

function ofFields(status: number, text: string): Meaning | undefined {
  if (status === 400)
    return { class: 'InvalidSpec', code: 'ImageInvalid', message: `Glance refuses the image: ${text}` }
  if (status === 403) return forbidden(text)
  if (status === 413) return { class: 'Quota', code: 'ImageLimit', message: `a limit of Glance is reached: ${text}` }
  return undefined
}

export const ofRemove: Classify = (status, text) => {
  if (status === 403 && /protected/i.test(text)) {
    const message = 'the image is protected in Glance; set its protection to Unprotected to let it be deleted'
    return { class: 'Refused', code: 'ImageProtected', message }
  }
  if (status === 403) return forbidden(text)
  if (status === 409) {
    return { class: 'Refused', code: 'ImageInUse', message: `Glance will not delete the image now: ${text}` }
  }
  return undefined
}

export const ofUpload: Classify = (status, text) => {
  if (status === 400 || status === 415) {
    return { class: 'InvalidSpec', code: 'ImageDataRefused', message: `Glance refuses the data: ${text}` }
  }
  if (status === 403) return forbidden(text)
  if (status === 404 || status === 410) {
    return { class: 'NotFound', code: 'ImageGone', message: 'the image was deleted in Glance during its upload' }
  }
  if (status === 409) return ofUploadConflict(text)
  if (status === 413 || status === 507) {
    return { class: 'Quota', code: 'ImageQuota', message: `Glance has no room for the data: ${text}` }
  }
  return undefined
}

function ofUploadConflict(text: string): Meaning {
  if (/from active|from deactivated/i.test(text)) {
    return { class: 'Conflict', code: 'ImageHasData', message: `the image has its data already: ${text}` }
  }
  return { class: 'Waiting', code: 'ImageBusy', message: `another upload of this image is going on in Glance: ${text}` }
}

export const ofImport: Classify = (status, text) => {
  if (status === 400 || status === 403) {
    return { class: 'Refused', code: 'ImportRefused', message: `Glance refuses to import the data itself: ${text}` }
  }
  if (status === 404) return { class: 'NotFound', code: 'ImageGone', message: 'the image was deleted in Glance' }
  if (status === 409) return { class: 'Waiting', code: 'ImageBusy', message: `Glance cannot import now: ${text}` }
  return undefined
}

function forbidden(text: string): Meaning {
  return { class: 'Refused', code: 'Forbidden', message: `the cloud's policy forbids this: ${text}` }
}
