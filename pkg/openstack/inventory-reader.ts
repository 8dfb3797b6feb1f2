import type { Failure } from '../failure/failure.ts'
import type { InventoryChange } from './item-store.ts'

/** How far the inventory can be believed. */
export type InventoryState =
  /** Nothing was listed yet. */
  | { type: 'Starting' }
  /** The last look was complete. */
  | { type: 'Current' }
  /** Looks fail since (monotonic milliseconds); what is known stays as it was. */
  | { type: 'Failed'; failure: Failure; since: number }

/** What kinds read; `Inventory` is the real one. */
export interface InventoryReader<T> {
  /** Whether one full list succeeded: before that, absence means nothing. */
  readonly synced: boolean
  readonly state: InventoryState
  get(id: string): T | undefined
  all(): T[]
  /** Items whose index `name` yields `value`. */
  byIndex(name: string, value: string): T[]
  /**
   * Called with everything that changed in one look, and with nothing when the first full list is complete; must not
   * throw. Returns the way out.
   */
  subscribe(listener: (changes: readonly InventoryChange<T>[]) => void): () => void
  /** Takes in the answer of a call of our own, so that the next reconcile sees what it did. */
  observed(item: T): void
  /** Takes in that the service itself said 404 for this id. */
  observedGone(id: string): void
  /** Somebody (`key`) waits for a change: look often until `rest(key)`. */
  hurry(key: string): void
  rest(key: string): void
  /** Resolves after a look that begins after this call; rejects with what made it fail. Callers share a look. */
  refresh(options?: { full?: boolean }): Promise<void>
}
