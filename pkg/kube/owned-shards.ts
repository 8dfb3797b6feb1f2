import { Failure } from '../failure/failure.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Logger } from './log.ts'

/** What changed in this replica's share. */
export interface ShardChange {
  gained: number[]
  lost: number[]
}

/** A shard of ours; its Lease is kept until its work is drained. */
interface Owned {
  keeper: LeaseKeeper
  controller: AbortController
  draining: Promise<void> | undefined
}

export interface OwnedShardsOptions {
  /** Resolves when no work of the shard runs any more (its signal is aborted then). */
  drained: (shard: number) => Promise<void>
  logger: Logger
}

/** The shards that are this replica's, each from the moment its Lease is taken until its work has ended and it is given back. */
export class OwnedShards {
  readonly #drained: (shard: number) => Promise<void>
  readonly #logger: Logger
  readonly #owned = new Map<number, Owned>()
  readonly #subscribers = new Set<(change: ShardChange) => void>()

  constructor({ drained, logger }: OwnedShardsOptions) {
    this.#drained = drained
    this.#logger = logger
  }

  /** The shards that are worked on. */
  get working(): number[] {
    return [...this.#owned.keys()].filter((shard) => this.isWorking(shard))
  }

  /** Those whose work has ended too, as long as they are not given back. */
  get size(): number {
    return this.#owned.size
  }

  get keepers(): LeaseKeeper[] {
    return [...this.#owned.values()].map(({ keeper }) => keeper)
  }

  isWorking(shard: number): boolean {
    const owned = this.#owned.get(shard)
    return owned?.keeper.held === true && owned.draining === undefined
  }

  /** Its work has ended, or is about to; the Lease is ours still. */
  isLeaving(shard: number): boolean {
    return this.#owned.get(shard)?.draining !== undefined
  }

  has(shard: number): boolean {
    return this.#owned.has(shard)
  }

  /** Aborted when the work shall end; aborted already where the shard is not ours. */
  signal(shard: number): AbortSignal {
    return this.#owned.get(shard)?.controller.signal ?? AbortSignal.abort()
  }

  /** Hears which shards came and went. What is lost is told when its signal is aborted. Returns what ends it. */
  subscribe(subscriber: (change: ShardChange) => void): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** The Lease was taken: work may begin, once it is `told`. */
  add(shard: number, keeper: LeaseKeeper): void {
    this.#owned.set(shard, { keeper, controller: new AbortController(), draining: undefined })
    this.#logger.info({ shard }, 'took a shard')
  }

  /** Aborts the shard's work now; gives its Lease back, if it is ours still, when the work has ended. */
  end(shard: number): void {
    const owned = this.#owned.get(shard)
    if (owned === undefined || owned.draining !== undefined) return
    owned.controller.abort(new Failure(`shard ${shard} is no longer ours`, { class: 'Waiting', code: 'ShardLost' }))
    this.#logger.info({ shard }, 'leaving a shard')
    owned.draining = Promise.resolve(shard)
      .then(this.#drained)
      .catch((err: unknown) => this.#logger.error({ shard, err }, 'the work of a shard did not end well'))
      .then(() => owned.keeper.giveBack())
      .catch((err: unknown) => this.#logger.warn({ shard, err }, 'a Lease could not be given back: it will lapse'))
      .finally(() => this.#owned.delete(shard))
    this.tell({ gained: [], lost: [shard] })
  }

  endAll(): void {
    for (const shard of this.#owned.keys()) this.end(shard)
  }

  /** Resolves when everything that is being left now is given back. */
  async left(): Promise<void> {
    await Promise.all([...this.#owned.values()].map(({ draining }) => draining))
  }

  tell(change: ShardChange): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(change)
      } catch (err) {
        this.#logger.error({ err }, 'a subscriber of the shards failed')
      }
    }
  }
}
