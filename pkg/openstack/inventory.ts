import type { Failure } from '../failure/failure.ts'

/** What an inventory asks a service for. Every method throws a `Failure` when the answer is not complete. */
export interface Lister<T> {
  idOf(item: T): string
  /** When the service last changed the item, milliseconds since the epoch of the service's own clock. */
  updatedAt(item: T): number
  /** Pages of everything there is. `previous` holds what is known, to save a last empty page. */
  everything(previous: ReadonlyMap<string, T>, signal: AbortSignal): AsyncIterable<T[]>
  /** Pages of what changed at or after a moment of the service's clock. Deletions need not appear. */
  changes(since: number, signal: AbortSignal): AsyncIterable<T[]>
  /** One item; `undefined` only when the service itself says that it does not exist. */
  get(id: string, signal: AbortSignal): Promise<T | undefined>
}

/** What happened to one item; `previous` is absent for `Added`, `item` for `Deleted`. */
export type InventoryChange<T> =
  | { type: 'Added'; id: string; item: T; previous?: undefined }
  | { type: 'Updated'; id: string; item: T; previous: T }
  | { type: 'Deleted'; id: string; item?: undefined; previous: T }

/** How far the inventory can be believed. */
export type InventoryState =
  /** Nothing was listed yet. */
  | { type: 'Starting' }
  /** The last pass was complete. */
  | { type: 'Current' }
  /** Passes fail since (milliseconds of the injected clock); what is known stays as it was. */
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
  /** Called once per pass with everything that changed in it; must not throw. Returns the way out. */
  subscribe(listener: (changes: readonly InventoryChange<T>[]) => void): () => void
  /** Takes in the answer of a call of our own, so that the next reconcile sees what it did. */
  observed(item: T): void
  /** Takes in that the service itself said 404 for this id. */
  observedGone(id: string): void
  /** Somebody (`key`) waits for a change: ask often until `rest(key)`. */
  hurry(key: string): void
  rest(key: string): void
  /** Resolves after a pass that began after this call; rejects with what made it fail. Concurrent calls share a pass. */
  refresh(options?: { full?: boolean }): Promise<void>
}
