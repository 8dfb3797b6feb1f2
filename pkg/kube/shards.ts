import { Failure } from '../failure/failure.ts'
import { type Lease, leaseType } from './lease.ts'
import { addressAnnotation, kindLabel, LeaseBoard, shardsAnnotation } from './lease-board.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { OwnedShards, type ShardChange } from './owned-shards.ts'
import { planShards, shardOf } from './shard-plan.ts'
import { type ShardsOptions, type ShardsSettings, withDefaults } from './shards-options.ts'

/** Stands for a Lease that somebody removed. */
const gone: Lease = { metadata: { name: '' } }

/**
 * Shares namespaces among replicas. Each namespace belongs to one of N shards, each shard to the holder of its Lease
 * (`auxo-shard-<i>`); a Lease of each replica (`auxo-member-<identity>`) tells how many there are to share. Losing the
 * API server aborts the work in time and does not end the process: shards come back with the API server.
 */
export class Shards {
  readonly #options: ShardsSettings
  readonly #board: LeaseBoard
  readonly #member: LeaseKeeper
  readonly #owned: OwnedShards
  /** True once the others were seen to share our number of shards, for as long as our membership lasts. */
  #joined = false

  constructor(options: ShardsOptions) {
    this.#options = withDefaults(options)
    this.#board = new LeaseBoard(this.#options)
    this.#owned = new OwnedShards(this.#options)
    this.#member = this.#keeper(this.#board.memberLease(options.identity), 'member', (held) => {
      if (!held) this.#joined = false
    })
  }

  /** The shard that a namespace belongs to. */
  shardOf(namespace: string): number {
    return shardOf(namespace, this.#options.shards)
  }

  /** The shards that are worked on here. */
  get owned(): number[] {
    return this.#owned.working
  }

  /** True while the namespace is this replica's to work on. */
  owns(namespace: string): boolean {
    return this.#owned.isWorking(this.shardOf(namespace))
  }

  /** Aborted before another replica may own the namespace; aborted already where it is not ours. */
  signal(namespace: string): AbortSignal {
    return this.#owned.signal(this.shardOf(namespace))
  }

  /** Hears which shards came and went. What is lost is told when its signal is aborted. Returns what ends it. */
  subscribe(subscriber: (change: ShardChange) => void): () => void {
    return this.#owned.subscribe(subscriber)
  }

  /** The `address` of the replica that owns the namespace, as last seen; undefined while nobody does. */
  addressOf(namespace: string): string | undefined {
    if (this.owns(namespace)) return this.#options.address
    const shard = this.shardOf(namespace)
    return this.#board.holderOf(shard) === this.#options.identity ? undefined : this.#board.addressOf(shard)
  }

  /**
   * Takes part until the signal is aborted; then ends the work, waits for it and gives everything back. Throws a
   * `Failure` (`ShardCountMismatch`) when running replicas have another number of shards.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, retrySeconds, shards, onHeld } = this.#options
    for (let shard = 0; shard < shards; shard += 1) onHeld(this.#board.shardLease(shard), false)
    try {
      while (!signal.aborted) {
        let again = false
        try {
          again = await this.#round(signal)
        } catch (error) {
          if (error instanceof Failure && error.code === 'ShardCountMismatch') throw error
          if (!signal.aborted) logger.warn({ err: error }, 'the Leases could not be renewed: trying again')
        }
        if (!again) await this.#wait(retrySeconds * 1000 * (0.9 + 0.2 * Math.random()), signal)
      }
    } finally {
      await this.#leave()
    }
  }

  /** Looks at all Leases, renews ours, gives up and takes. True when the next look should follow at once. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const wasMember = this.#member.held
    const [look] = await Promise.allSettled([
      this.#board.look({ signal, timeoutMs: this.#options.renewDeadlineSeconds * 500 }),
    ])
    const renewed = await Promise.allSettled(this.#renewals(look.status === 'fulfilled'))
    const failed = [look, ...renewed].find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    // Who is not yet a member when it looks could be overlooked by one that starts at the same time.
    if (!wasMember) return this.#member.held
    if (!this.#joined && !this.#board.agree()) return false
    this.#joined = true
    await this.#share()
    await this.#removeDeadMembers(signal)
    return false
  }

  /** Renews what is ours; on top of what was just seen, unless the look failed. Also makes us a member. */
  #renewals(looked: boolean): Promise<void>[] {
    const seen = (keeper: LeaseKeeper) => (looked ? (this.#board.get(keeper.name) ?? gone) : undefined)
    const held = [this.#member, ...this.#owned.keepers].filter((keeper) => keeper.held)
    const renewals = held.map((keeper) => keeper.renew(seen(keeper)))
    if (looked && !this.#member.held) renewals.push(this.#member.take(this.#board.get(this.#member.name)))
    return renewals
  }

  async #share(): Promise<void> {
    const { give, take } = planShards({
      holders: this.#holders(),
      members: this.#board.members(),
      self: this.#options.identity,
    })
    for (const shard of give) this.#owned.end(shard)
    const taken = await Promise.all(take.map((shard) => this.#take(shard)))
    const gained = take.filter((_, index) => taken[index])
    if (gained.length > 0) this.#owned.tell({ gained, lost: [] })
  }

  /** The holder of each shard, with those that are on their way from us to nobody as nobody's to take. */
  #holders(): (string | undefined)[] {
    const { shards, identity } = this.#options
    return Array.from({ length: shards }, (_, shard) => {
      if (this.#owned.has(shard)) return this.#owned.isLeaving(shard) ? '' : identity
      const holder = this.#board.holderOf(shard)
      // Ours by name, but lost meanwhile: to be taken anew.
      return holder === identity ? undefined : holder
    })
  }

  async #take(shard: number): Promise<boolean> {
    const name = this.#board.shardLease(shard)
    const keeper = this.#keeper(name, 'shard', (held) => {
      this.#options.onHeld(name, held)
      if (!held) this.#owned.end(shard)
    })
    await keeper.take(this.#board.get(name))
    if (!keeper.held) return false
    this.#owned.add(shard, keeper)
    return true
  }

  async #leave(): Promise<void> {
    const { logger, retrySeconds } = this.#options
    this.#owned.endAll()
    while (this.#owned.size > 0) {
      await this.#wait(retrySeconds * 1000, undefined, this.#owned.left())
      if (this.#owned.size === 0) break
      await Promise.allSettled(this.#renewals(false))
    }
    await this.#member.giveBack({ remove: true }).catch((error: unknown) => {
      logger.warn({ err: error }, 'the Lease of this replica could not be removed: it will lapse')
    })
  }

  /** Replicas that were killed leave their member Lease behind. */
  async #removeDeadMembers(signal: AbortSignal): Promise<void> {
    const { client, leaseSeconds } = this.#options
    for (const { metadata } of this.#board.deadMembers(20 * leaseSeconds * 1000)) {
      const { uid, resourceVersion } = metadata
      await client.delete(leaseType, metadata, { uid, resourceVersion, signal })
    }
  }

  #keeper(name: string, kind: 'shard' | 'member', onHeld: (held: boolean) => void): LeaseKeeper {
    const { client, namespace, identity, shards, address, clock, today } = this.#options
    const annotations = { [shardsAnnotation]: String(shards), ...(address && { [addressAnnotation]: address }) }
    const labels = { [kindLabel]: kind }
    return new LeaseKeeper({
      ...{ client, namespace, name, clock, today, onHeld },
      holder: { identity, durationSeconds: this.#options.leaseSeconds, labels, annotations },
      deadlineMs: this.#options.renewDeadlineSeconds * 1000,
    })
  }

  /** Ends early with the signal or the promise. */
  async #wait(ms: number, signal?: AbortSignal, early?: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel()
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#options.clock.timer(end, ms)
      if (signal?.aborted) end()
      signal?.addEventListener('abort', end)
      early?.then(end, end)
    })
  }
}
