import type { Failure } from '../failure/failure.ts'
import type { Outcome } from './kind.ts'
import type { ReconcileResult } from './metrics.ts'
import type { WorkQueue } from './queue.ts'
import { retryAfter } from './retry.ts'

/** Puts a key back into the queue as what came of a reconcile asks for. */
export class Requeue {
  readonly #queue: WorkQueue
  readonly #resyncSeconds: number
  readonly #random: () => number

  /** `resyncSeconds`: between two looks at an object that nothing else woke; spread by ±20 %. */
  constructor(queue: WorkQueue, resyncSeconds: number, random: () => number) {
    this.#queue = queue
    this.#resyncSeconds = resyncSeconds
    this.#random = random
  }

  after(key: string, outcome: Outcome): ReconcileResult {
    if (outcome.type === 'Failed') return this.afterFailure(key, outcome.failure)
    // An object that waits for its own work keeps its count of failures: the next one may be the same again.
    if (outcome.type === 'Settled') this.#queue.forget(key)
    const wanted = outcome.type === 'Waiting' ? outcome.afterSeconds : undefined
    const afterMs = Math.min(this.#resyncMs(), (wanted ?? Number.POSITIVE_INFINITY) * 1000)
    this.#queue.add(key, { priority: 'Resync', afterMs })
    return wanted === undefined ? 'success' : 'requeue_after'
  }

  afterFailure(key: string, failure: Failure): ReconcileResult {
    const retry = retryAfter(failure)
    if (retry.type === 'Backoff') this.#queue.backoff(key, retry)
    else if (retry.type === 'After') this.#queue.add(key, { ...retry, priority: 'Resync' })
    else this.#queue.add(key, { priority: 'Resync', afterMs: this.#resyncMs() })
    return 'error'
  }

  #resyncMs(): number {
    return this.#resyncSeconds * (0.8 + 0.4 * this.#random()) * 1000
  }
}
