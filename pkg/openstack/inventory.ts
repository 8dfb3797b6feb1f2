import { asFailure, type Failure } from '../failure/failure.ts'
import { Pacer, type PacerOptions } from './inventory-pacer.ts'
import type { InventoryReader, InventoryState } from './inventory-reader.ts'
import { type InventoryChange, type InventoryIndexes, ItemStore } from './item-store.ts'
import type { Lister } from './lister.ts'
import { ServiceClock } from './service-clock.ts'
import { realTiming, type Timing } from './timing.ts'

export type { InventoryReader, InventoryState } from './inventory-reader.ts'
export type { InventoryChange, InventoryIndexes } from './item-store.ts'
export type { Lister } from './lister.ts'

export interface InventoryOptions<T> extends Partial<PacerOptions> {
  indexes?: InventoryIndexes<T>
  timing?: Timing
  /** Milliseconds by which looks for changes overlap, for clocks of the service that disagree. Default 2,000. */
  overlapMs?: number
}

interface Waiter {
  full: boolean
  resolve(): void
  reject(reason: unknown): void
}

/**
 * What there is of one kind in a cloud, kept up to date by few questions: looks for changes, and now and then a full
 * list. What a full list lacks is gone only when a GET says so. A look that fails changes nothing.
 */
export class Inventory<T> implements InventoryReader<T> {
  readonly #lister: Lister<T>
  readonly #timing: Timing
  readonly #overlapMs: number
  readonly #store: ItemStore<T>
  readonly #pacer: Pacer
  readonly #clock = new ServiceClock()
  readonly #listeners = new Set<(changes: readonly InventoryChange<T>[]) => void>()
  #waiters: Waiter[] = []
  #state: InventoryState = { type: 'Starting' }
  #synced = false
  #lastLook = 0

  constructor(lister: Lister<T>, options: InventoryOptions<T> = {}) {
    this.#lister = lister
    this.#timing = options.timing ?? realTiming
    this.#overlapMs = options.overlapMs ?? 2_000
    this.#store = new ItemStore(lister, options.indexes ?? {})
    this.#pacer = new Pacer(this.#timing, options)
  }

  get synced(): boolean {
    return this.#synced
  }

  get state(): InventoryState {
    return this.#state
  }

  get(id: string): T | undefined {
    return this.#store.get(id)
  }

  all(): T[] {
    return this.#store.all()
  }

  byIndex(name: string, value: string): T[] {
    return this.#store.byIndex(name, value)
  }

  subscribe(listener: (changes: readonly InventoryChange<T>[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  observed(item: T): void {
    const now = this.#timing.now()
    this.#clock.learn(this.#lister.updatedAt(item), now)
    const isGone = this.#lister.isGone?.(item)
    this.#tell([isGone ? this.#store.remove(this.#lister.idOf(item), now) : this.#store.observe(item, now)])
  }

  observedGone(id: string): void {
    this.#tell([this.#store.remove(id, this.#timing.now())])
  }

  hurry(key: string): void {
    this.#pacer.hurry(key)
  }

  rest(key: string): void {
    this.#pacer.rest(key)
  }

  refresh({ full = false }: { full?: boolean } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ full, resolve, reject })
      this.#pacer.wake()
    })
  }

  /** Keeps the inventory until `signal` is aborted; resolves then. Called again it begins with a full list. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waiters = this.#waiters
      this.#waiters = []
      const full = !this.#synced || this.#pacer.fullIsDue() || waiters.some((waiter) => waiter.full)
      try {
        await this.#look(full, signal)
        this.#state = { type: 'Current' }
        this.#pacer.succeeded()
        for (const waiter of waiters) waiter.resolve()
      } catch (error) {
        for (const waiter of waiters) waiter.reject(error)
        if (signal.aborted) break
        this.#failed(asFailure(error))
      }
      await this.#pacer.wait(signal, () => this.#waiters.length > 0)
    }
    this.#synced = false
    for (const waiter of this.#waiters.splice(0)) waiter.reject(signal.reason)
  }

  #failed(failure: Failure): void {
    const since = this.#state.type === 'Failed' ? this.#state.since : this.#timing.now()
    this.#state = { type: 'Failed', failure, since }
    this.#pacer.failed(failure)
  }

  async #look(full: boolean, signal: AbortSignal): Promise<void> {
    const begun = this.#timing.now()
    const reached = full ? undefined : this.#clock.at(this.#lastLook)
    const items = await (reached === undefined ? undefined : this.#lister.changes?.(reached - this.#overlapMs, signal))
    if (items === undefined) await this.#lookAtAll(begun, signal)
    else this.#merge(items, begun)
    this.#lastLook = begun
  }

  async #lookAtAll(begun: number, signal: AbortSignal): Promise<void> {
    const items = await this.#lister.everything(this.#store.items, signal)
    this.#merge(items, begun)
    await this.#confirmMissing(items, begun, signal)
  }

  #merge(items: readonly T[], sentAt: number): void {
    const now = this.#timing.now()
    this.#clock.learn(this.#lister.clock?.() ?? Number.NaN, now)
    for (const item of items) this.#clock.learn(this.#lister.updatedAt(item), now)
    this.#tell(
      items.map((item) => {
        const isGone = this.#lister.isGone?.(item)
        return isGone ? this.#store.remove(this.#lister.idOf(item), sentAt) : this.#store.merge(item, sentAt)
      }),
    )
  }

  /** What a full list lacks may be hidden, another's, or gone: only the service's own 404 tells. */
  async #confirmMissing(items: readonly T[], begun: number, signal: AbortSignal): Promise<void> {
    const missing = this.#store.unseen(new Set(items.map((item) => this.#lister.idOf(item))), begun)
    const changes: (InventoryChange<T> | undefined)[] = []
    const confirm = async () => {
      for (let id = missing.pop(); id !== undefined; id = missing.pop()) {
        const sent = this.#timing.now()
        const item = await this.#lister.get(id, signal)
        changes.push(item === undefined ? this.#store.remove(id, sent) : this.#store.merge(item, sent))
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(8, missing.length) }, confirm))
    } finally {
      this.#tell(changes)
    }
    this.#store.forgetRemoved(begun)
    this.#pacer.listed(begun)
    if (this.#synced) return
    this.#synced = true
    for (const listener of this.#listeners) listener([])
  }

  #tell(changes: readonly (InventoryChange<T> | undefined)[]): void {
    const real = changes.filter((change) => change !== undefined)
    if (real.length > 0) for (const listener of this.#listeners) listener(real)
  }
}
