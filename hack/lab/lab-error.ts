import { Failure } from '../../pkg/failure/failure.ts'

/** Something that the lab needs is missing, did not start or did not stop. The message says what to do or where to look. */
export class LabError extends Failure {
  constructor(message: string, code: string, cause?: unknown) {
    super(message, { class: 'Unavailable', code, cause })
  }
}
