import type { TransferJob, TransferState } from './transfer.ts'

export interface TransfersOptions {
  /** Transfers that move bytes at the same time. One that waits for its source does not count. Default 4. */
  concurrency?: number
  /** How often subscribers hear of progress, in milliseconds. Default 5,000. */
  progressIntervalMs?: number
}

/** Moves bytes beside the workers, a few transfers at a time, first come, first served. */
export class Transfers {
  constructor(_options: TransfersOptions = {}) {}

  /** Queues a job. Nothing happens if one of that key is queued or running; a finished one is replaced. */
  start(_key: string, _job: TransferJob): void {
    throw new Error('not yet')
  }

  /** The transfer of that key, until it is stopped or its job's signal aborts. */
  get(_key: string): TransferState | undefined {
    throw new Error('not yet')
  }

  /** Ends the transfer and forgets it. Resolves when source and sink are let go. */
  async stop(_key: string): Promise<void> {
    throw new Error('not yet')
  }

  /** Calls with the key at each change of state, and of progress every few seconds. Returns the unsubscription. */
  subscribe(_listener: (key: string) => void): () => void {
    throw new Error('not yet')
  }
}
