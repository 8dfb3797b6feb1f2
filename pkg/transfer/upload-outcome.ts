import type { Failure } from '../failure/failure.ts'
import { UploadError } from './upload-error.ts'

/** How the last transfer of an upload ended, as far as its clients have to know. */
export class UploadOutcome {
  #delivered = false
  #rejection: Failure | undefined
  #resetReason: string | undefined

  /** Whether the other side has everything. */
  get delivered(): boolean {
    return this.#delivered
  }

  /** Why the content was refused for good, until a client begins anew. */
  get rejection(): Failure | undefined {
    return this.#rejection
  }

  /** Why the offset went back to 0 by itself, where it did. */
  get resetReason(): string | undefined {
    return this.#resetReason
  }

  /** A client begins anew. */
  forget(): void {
    this.#rejection = this.#resetReason = undefined
  }

  /** A transfer begins. */
  begin(): void {
    this.#delivered = false
  }

  /** It has ended; `reset` says that bytes were lost with it which a client has to send again. */
  settled(failure: Failure | undefined, reset: boolean): void {
    if (failure === undefined) this.#delivered = true
    else if (failure.class === 'InvalidSpec') this.#rejection = failure
    else if (reset) this.#resetReason = failure.message
  }

  /** Throws where there is nothing left to change. */
  checkOpen(): void {
    if (!this.#delivered) return
    throw new UploadError(409, 'UploadComplete', 'the content is complete; to replace it, make a new Image')
  }

  /** Throws where the content was refused. */
  checkAccepted(): void {
    if (this.#rejection !== undefined) throw refusal(this.#rejection)
  }
}

/** What a client is told of a transfer's failure. */
export function refusal(failure: Failure): UploadError {
  if (failure.class === 'InvalidSpec') return new UploadError(422, failure.code, failure.message)
  return uploadReset(failure.message)
}

/** The offset is 0 again. */
export function uploadReset(reason: string | undefined): UploadError {
  return new UploadError(409, 'UploadReset', `${reason}; send it again from byte 0`, 1)
}
