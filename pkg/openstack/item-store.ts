import { isDeepStrictEqual } from 'node:util'

/** What happened to one item; `previous` is absent for `Added`, `item` for `Deleted`. */
export type InventoryChange<T> =
  | { type: 'Added'; id: string; item: T; previous?: undefined }
  | { type: 'Updated'; id: string; item: T; previous: T }
  | { type: 'Deleted'; id: string; item?: undefined; previous: T }

/** By name of the index: the values under which an item is found. */
export type InventoryIndexes<T> = Readonly<Record<string, (item: T) => string | readonly string[] | undefined>>

interface Traits<T> {
  idOf(item: T): string
  updatedAt(item: T): number
}

/** Items by id with indexes. Each item is as old as the question whose answer showed it. */
export class ItemStore<T> {
  readonly #traits: Traits<T>
  readonly #indexes: { name: string; valuesOf: InventoryIndexes<T>[string]; ids: Map<string, Set<string>> }[]
  readonly #items = new Map<string, T>()
  readonly #seenAt = new Map<string, number>()
  readonly #removedAt = new Map<string, number>()

  constructor(traits: Traits<T>, indexes: InventoryIndexes<T>) {
    this.#traits = traits
    this.#indexes = Object.entries(indexes).map(([name, valuesOf]) => ({ name, valuesOf, ids: new Map() }))
  }

  get items(): ReadonlyMap<string, T> {
    return this.#items
  }

  get(id: string): T | undefined {
    return this.#items.get(id)
  }

  all(): T[] {
    return [...this.#items.values()]
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.find((candidate) => candidate.name === name)
    if (index === undefined) throw new Error(`the inventory has no index "${name}"`)
    return [...(index.ids.get(value) ?? [])].flatMap((id) => this.#items.get(id) ?? [])
  }

  /** An item of an answer whose question was sent at `sentAt`: what we saw later stays, unless this one is newer. */
  merge(item: T, sentAt: number): InventoryChange<T> | undefined {
    const id = this.#traits.idOf(item)
    if ((this.#removedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= sentAt) return undefined
    const known = this.#items.get(id)
    const outdated = sentAt < (this.#seenAt.get(id) ?? Number.NEGATIVE_INFINITY)
    if (known !== undefined && outdated && this.#traits.updatedAt(item) <= this.#traits.updatedAt(known))
      return undefined
    return this.#put(id, item, known, sentAt)
  }

  /** An item that a call of our own returned just now. */
  observe(item: T, now: number): InventoryChange<T> | undefined {
    const id = this.#traits.idOf(item)
    const known = this.#items.get(id)
    if (known !== undefined && this.#traits.updatedAt(known) > this.#traits.updatedAt(item)) return undefined
    return this.#put(id, item, known, now)
  }

  /** The item does not exist: answers to questions that were sent before `now` do not bring it back. */
  remove(id: string, now: number): InventoryChange<T> | undefined {
    this.#removedAt.set(id, now)
    const previous = this.#items.get(id)
    if (previous === undefined) return undefined
    this.#index(id, previous, 'delete')
    this.#items.delete(id)
    this.#seenAt.delete(id)
    return { type: 'Deleted', id, previous }
  }

  /** Ids that a full list begun at `begun` should have held, but did not. */
  unseen(seen: ReadonlySet<string>, begun: number): string[] {
    return [...this.#items.keys()].filter((id) => !seen.has(id) && (this.#seenAt.get(id) ?? 0) <= begun)
  }

  /** A full list was begun after these were removed: no older answer can be under way. */
  forgetRemoved(begun: number): void {
    for (const [id, removedAt] of this.#removedAt) if (removedAt < begun) this.#removedAt.delete(id)
  }

  #put(id: string, item: T, known: T | undefined, seenAt: number): InventoryChange<T> | undefined {
    this.#seenAt.set(id, Math.max(seenAt, this.#seenAt.get(id) ?? seenAt))
    if (known !== undefined && isDeepStrictEqual(known, item)) return undefined
    if (known !== undefined) this.#index(id, known, 'delete')
    this.#items.set(id, item)
    this.#index(id, item, 'add')
    return known === undefined ? { type: 'Added', id, item } : { type: 'Updated', id, item, previous: known }
  }

  #index(id: string, item: T, verb: 'add' | 'delete'): void {
    for (const { valuesOf, ids } of this.#indexes) {
      const values = valuesOf(item) ?? []
      for (const value of typeof values === 'string' ? [values] : values) {
        const set = ids.get(value) ?? new Set()
        set[verb](id)
        if (set.size === 0) ids.delete(value)
        else ids.set(value, set)
      }
    }
  }
}
