import { Inventory, type InventoryOptions, type Lister } from './inventory.ts'
import type { KeyPairService } from './key-pair-service.ts'
import { LazyInventory, type LazyInventoryReader } from './lazy-inventory.ts'
import type { NovaKeyPair } from './nova-key-pair.ts'
import { readPages } from './paged-list.ts'

/** The key pairs of users of a cloud. */
export interface KeyPairInventories {
  /** The key pairs, by name, of the user with this id; absent: the credential's own. The same one for the same user. */
  of(user?: string): LazyInventoryReader<NovaKeyPair>
}

/** Makes an inventory for each user that is asked for. Full lists only. */
export class UsersKeyPairs implements KeyPairInventories {
  readonly #keyPairs: KeyPairService
  readonly #options: Omit<InventoryOptions<NovaKeyPair>, 'indexes'>
  readonly #inventories = new Map<string | undefined, LazyInventory<NovaKeyPair>>()
  readonly #runs = new Set<Promise<void>>()
  #signal: AbortSignal | undefined

  constructor(keyPairs: KeyPairService, options: Omit<InventoryOptions<NovaKeyPair>, 'indexes'> = {}) {
    this.#keyPairs = keyPairs
    this.#options = options
  }

  of(user?: string): LazyInventoryReader<NovaKeyPair> {
    const known = this.#inventories.get(user)
    if (known !== undefined) return known
    const made = new LazyInventory(new Inventory(keyPairLister(this.#keyPairs, user), this.#options))
    this.#inventories.set(user, made)
    if (this.#signal !== undefined) this.#runs.add(made.run(this.#signal))
    return made
  }

  /** A full look at those that somebody needs. */
  async refresh(): Promise<void> {
    const listed = [...this.#inventories.values()].filter(({ synced }) => synced)
    await Promise.all(listed.map((inventory) => inventory.refresh({ full: true })))
  }

  /** Keeps those that are needed, also ones that are made later, until `signal` is aborted. Called once. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    for (const inventory of this.#inventories.values()) this.#runs.add(inventory.run(signal))
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await Promise.all(this.#runs)
  }
}

function keyPairLister(keyPairs: KeyPairService, user: string | undefined): Lister<NovaKeyPair> {
  return {
    idOf: ({ name }) => name,
    updatedAt: () => 0,
    everything: (_, signal) =>
      readPages(async (marker) => {
        const page = await keyPairs.page({ user, marker, signal })
        return { items: page.keyPairs, next: page.next }
      }),
    get: (name, signal) => keyPairs.get(name, { user, signal }),
  }
}
