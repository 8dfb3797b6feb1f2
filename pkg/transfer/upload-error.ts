import type { FailureClass } from '../failure/failure.ts'
import { TransferError } from './transfer-error.ts'

const CLASS: Record<number, FailureClass> = { 404: 'NotFound', 409: 'Conflict', 423: 'Conflict', 507: 'Quota' }

/** What goes wrong between a client and an upload; `status` is the HTTP status that the client gets. */
export class UploadError extends TransferError {
  declare readonly status: number

  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    const failureClass = CLASS[status] ?? (status >= 500 ? 'Unavailable' : 'InvalidSpec')
    super(message, { class: failureClass, code, status, retryAfterSeconds })
  }
}

/** The object is gone, or another replica's now: whoever asks again is told which. */
export function uploadClosed(): UploadError {
  return new UploadError(503, 'UploadClosed', 'the upload was closed here; ask again how far it came', 1)
}
