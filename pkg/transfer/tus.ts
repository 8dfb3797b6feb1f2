import type { IncomingHttpHeaders } from 'node:http'
import { UploadError } from './upload-error.ts'
import type { ReceiveOptions } from './upload-session.ts'

/** The headers of tus 1.0 (https://tus.io/protocols/resumable-upload), read and judged. */

export const TUS_VERSION = '1.0.0'
export const TUS_EXTENSIONS = 'creation,creation-with-upload,checksum,expiration,termination'
export const OFFSET_STREAM = 'application/offset+octet-stream'

const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const
export const TUS_ALGORITHMS = ALGORITHMS.join(',')

/** Throws 412 unless the client speaks our version. */
export function checkVersion(headers: IncomingHttpHeaders): void {
  if (headers['tus-resumable'] === TUS_VERSION) return
  throw new UploadError(412, 'UnsupportedVersion', `the header Tus-Resumable must be ${TUS_VERSION}`)
}

/** `Upload-Offset`. */
export function offsetIn(headers: IncomingHttpHeaders): number {
  const offset = bytesIn(headers['upload-offset'])
  if (offset === undefined) throw new UploadError(400, 'InvalidOffset', 'Upload-Offset must be a number of bytes')
  return offset
}

/** `Upload-Length`, which has to be known at the beginning. */
export function lengthIn(headers: IncomingHttpHeaders): number {
  const length = bytesIn(headers['upload-length'])
  if (length !== undefined) return length
  const deferred = headers['upload-defer-length'] !== undefined
  const message = deferred ? 'the length cannot be told later' : 'Upload-Length must be a number of bytes'
  throw new UploadError(400, 'InvalidLength', message)
}

function bytesIn(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

/** Throws 400 where `Upload-Metadata` is not pairs of a key and base64; nothing in it is needed here. */
export function checkMetadata(headers: IncomingHttpHeaders): void {
  const metadata = headers['upload-metadata']
  if (metadata === undefined || metadata === '') return
  const keys = `${metadata}`
    .split(',')
    .map((pair) => /^ *([\x21-\x2b\x2d-\x7e]+)(?: [A-Za-z0-9+/]*={0,2})? *$/.exec(pair)?.[1])
  if (keys.includes(undefined) || new Set(keys).size !== keys.length) {
    throw new UploadError(400, 'InvalidMetadata', 'Upload-Metadata must be keys with base64 values, each key once')
  }
}

/** `Upload-Checksum`: algorithm and base64 digest of the request's body. */
export function checksumIn(headers: IncomingHttpHeaders): ReceiveOptions['checksum'] {
  const value = headers['upload-checksum']
  if (value === undefined) return undefined
  const [name, encoded] = `${value}`.split(' ')
  const algorithm = ALGORITHMS.find((known) => known === name)
  if (algorithm === undefined || encoded === undefined) {
    throw new UploadError(
      400,
      'UnsupportedChecksum',
      `Upload-Checksum must be one of ${TUS_ALGORITHMS} and a base64 digest`,
    )
  }
  return { algorithm, digest: Buffer.from(encoded, 'base64') }
}

/** Throws 415 unless the body is said to be an upload's bytes. */
export function checkBody(headers: IncomingHttpHeaders): void {
  if (headers['content-type'] === OFFSET_STREAM) return
  throw new UploadError(415, 'UnsupportedMediaType', `Content-Type must be ${OFFSET_STREAM}`)
}

/** The secret of whoever uploads. */
export function ticketIn(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +([\w-]+) *$/i.exec(headers.authorization ?? '')?.[1]
  const own = headers['upload-ticket']
  return bearer ?? (typeof own === 'string' ? own : undefined)
}
