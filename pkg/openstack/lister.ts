/** What an inventory asks a service for. Every method throws a `Failure` when the answer is not complete. */
export interface Lister<T> {
  idOf(item: T): string
  /** When the service last changed the item: milliseconds since the epoch, by its own clock; 0 where it does not tell. */
  updatedAt(item: T): number
  /** Everything there is. `known` holds what was there before, to save a last empty page. */
  everything(known: ReadonlyMap<string, T>, signal: AbortSignal): Promise<T[]>
  /**
   * What changed at or after a moment of the service's clock. Deletions need not appear. Absent where the service
   * cannot tell: then every look is a full list.
   */
  changes?(since: number, signal: AbortSignal): Promise<T[]>
  /** A moment that the service's clock has reached for certain, as its latest answer tells; items tell too. */
  clock?(): number | undefined
  /** Whether an item says of itself that it was deleted. */
  isGone?(item: T): boolean
  /** One item; `undefined` only when the service itself says that it does not exist. */
  get(id: string, signal: AbortSignal): Promise<T | undefined>
}

/** A moment as services compare it: RFC 3339, the second that it lies in. */
export function wholeSecond(milliseconds: number): string {
  return `${new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}Z`
}
