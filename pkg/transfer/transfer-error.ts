import { Failure } from '../failure/failure.ts'

/** A failure to move bytes: of the source, of the check in the middle, or of the sink's stream. */
export class TransferError extends Failure {}
