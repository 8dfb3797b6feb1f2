import { UploadError } from './upload-error.ts'

/** What an object's spec says of the bytes that it takes. */
export interface LengthLimits {
  /** Bytes that it promises, where it does. */
  size: number | undefined
  /** The most that it accepts. */
  maxBytes: number | undefined
}

/** Throws where content of `length` bytes is not what the spec allows. */
export function checkLength(length: number, { size, maxBytes }: LengthLimits): void {
  if (maxBytes !== undefined && length > maxBytes) {
    const most = `spec.source.upload.size allows ${maxBytes}`
    throw new UploadError(413, 'TooLarge', `the file has ${length} bytes, but ${most}`)
  }
  if (size !== undefined && length !== size) {
    const message = `the file has ${length} bytes, but spec.source.upload.size is ${size}`
    throw new UploadError(400, 'SizeMismatch', message)
  }
  if (length <= 0) throw new UploadError(400, 'EmptySource', 'an empty file is no image')
}
