import type { Image } from '../../api/v1alpha1/objects.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { ObservedInCloud } from './observed.ts'
import { planBytes, planSaving } from './plan-bytes.ts'
import { discard, type ImageStep } from './steps.ts'
import { importIsLocked, recordedHash } from './unchecked.ts'

const importing = (message: string): ImageStep => ({ type: 'Await', reason: 'Importing', message, hurry: true })

/** A queued image that Glance shall download by itself (web-download). */
export function planDownload(image: Image, found: GlanceImage, observed: ObservedInCloud): ImageStep {
  const { importFailure, importRunning, hashAlgorithm } = observed
  const algorithm = image.spec.source.http?.checksum?.algorithm
  // MD5 is proved by Glance's own `checksum`, whatever the cloud hashes with beside it.
  if (algorithm !== undefined && algorithm !== 'MD5' && hashAlgorithm !== undefined) {
    if (hashAlgorithm !== algorithm.toLowerCase()) return unprovable(algorithm, hashAlgorithm)
  }
  if (importFailure !== undefined) return { type: 'EndImport', id: found.id, failure: importFailure }
  if (importRunning) return importing('Glance is about to download')
  return { type: 'StartImport', id: found.id }
}

/** A queued image whose bytes go to the staging area first (glance-direct): they are proved by the SHA-512 of what we send. */
export function planStaging(found: GlanceImage, observed: ObservedInCloud): ImageStep {
  const { hashAlgorithm } = observed
  if (hashAlgorithm !== undefined && hashAlgorithm !== 'sha512') return unprovable('SHA512', hashAlgorithm)
  return planBytes(found, observed)
}

/** An image whose bytes are on their way to the staging area, or there. */
export function planStaged(found: GlanceImage, observed: ObservedInCloud): ImageStep {
  const { transfer, importFailure, importRunning } = observed
  // Glance leaves the image as it is then, for good.
  if (importFailure !== undefined) return discard(found.id, 'ImportFailed', 'Later', importFailure.message)
  if (importRunning || importIsLocked(found)) return importing('Glance is about to import what was sent')
  if (recordedHash(found) !== undefined) return { type: 'StartImport', id: found.id }
  const moving = transfer !== undefined && transfer.state !== 'Failed'
  return moving || found.size === undefined ? planSaving(found, observed) : sentUnseen(found.id)
}

/** What was sent cannot be proved, since the process that sent it ended before it could say what it was. */
export function sentUnseen(id: string): ImageStep {
  const message = 'Glance has the bytes, but what they hash to is not on record; they have to be sent again'
  return discard(id, 'Transferring', 'AtOnce', message)
}

/** Shown only where Glance would have to be believed. */
export function unprovable(algorithm: string, offered: string): ImageStep {
  const message = `the cloud hashes with ${offered}, which cannot prove a ${algorithm} checksum; use via: Operator in a new Image`
  return { type: 'Stall', reason: 'ChecksumUnprovable', message }
}
