import type { Inventory, InventoryChange, InventoryReader, InventoryState } from './inventory.ts'

/** An inventory that lists only while somebody needs it. */
export interface LazyInventoryReader<T> extends InventoryReader<T> {
  /**
   * `who` (an object's key) needs what this holds, until `release(who)`: the first one makes it list. Until that list
   * is complete `synced` is false. Needing twice is needing once.
   */
  need(who: string): void
  /** The last one to go ends the lists; what is held then is not believed any more (`synced` is false). */
  release(who: string): void
}

/** Runs an `Inventory` while somebody needs it. */
export class LazyInventory<T> implements LazyInventoryReader<T> {
  readonly #inventory: Inventory<T>
  readonly #needed = new Set<string>()
  #changed = Promise.withResolvers<void>()
  #calls = 0
  #signal: AbortSignal | undefined

  constructor(inventory: Inventory<T>) {
    this.#inventory = inventory
  }

  get synced(): boolean {
    return this.#needed.size > 0 && this.#inventory.synced
  }

  get state(): InventoryState {
    return this.#inventory.state
  }

  need(who: string): void {
    if (this.#needed.has(who)) return
    this.#needed.add(who)
    if (this.#needed.size === 1) this.#change()
  }

  release(who: string): void {
    if (this.#needed.delete(who) && this.#needed.size === 0) this.#change()
  }

  get(id: string): T | undefined {
    return this.#inventory.get(id)
  }

  all(): T[] {
    return this.#inventory.all()
  }

  byIndex(name: string, value: string): T[] {
    return this.#inventory.byIndex(name, value)
  }

  subscribe(listener: (changes: readonly InventoryChange<T>[]) => void): () => void {
    return this.#inventory.subscribe(listener)
  }

  observed(item: T): void {
    this.#inventory.observed(item)
  }

  observedGone(id: string): void {
    this.#inventory.observedGone(id)
  }

  hurry(key: string): void {
    this.#inventory.hurry(key)
  }

  rest(key: string): void {
    this.#inventory.rest(key)
  }

  /** Whoever waits for a look needs one. */
  async refresh(options?: { full?: boolean }): Promise<void> {
    this.#signal?.throwIfAborted()
    const who = `refresh ${++this.#calls}`
    this.need(who)
    try {
      await this.#inventory.refresh(options)
    } finally {
      this.release(who)
    }
  }

  /** Keeps the inventory while it is needed, until `signal` is aborted; resolves then. Called once. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    const change = () => this.#change()
    signal.addEventListener('abort', change, { once: true })
    while (!signal.aborted) {
      const changed = this.#changed.promise
      const stop = new AbortController()
      const running = this.#needed.size > 0 ? this.#inventory.run(stop.signal) : undefined
      await changed
      stop.abort(signal.reason)
      await running
    }
    signal.removeEventListener('abort', change)
  }

  #change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
