import { Failure } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Lease, leaseType } from './lease.ts'
import { addressAnnotation, kindLabel, LeaseBoard, shardsAnnotation } from './lease-board.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { type Logger, silentLogger } from './log.ts'
import { planShards, shardOf } from './shard-plan.ts'

export interface ShardsOptions {
  client: KubeClient
  /** Where the Leases are: the operator's own namespace. */
  namespace: string
  /** This process and no other, ever: the pod's name and something random; lower case letters, digits, `-` and `.`. */
  identity: string
  /** Into how many shards namespaces fall; the same in every replica. */
  shards: number
  /** Where other replicas reach this one. */
  address?: string
  /** First part of the Leases' names (default `auxo`). */
  prefix?: string
  /** A Lease that was not renewed for this long may be taken by others (default 15; whole seconds). */
  leaseSeconds?: number
  /** Without a successful renewal for this long we stop working; less than `leaseSeconds` (default 10). */
  renewDeadlineSeconds?: number
  /** Between renewals, and between looks at the others (default 2). */
  retrySeconds?: number
  /** Resolves when no work of the shard runs any more (its signal is aborted then). Only then others get it. */
  drained?: (shard: number) => Promise<void>
  /** For `leader_election_master_status`. */
  onHeld?: (lease: string, held: boolean) => void
  logger?: Logger
  clock?: Clock
  /** Milliseconds since 1970, for people who read Leases. */
  today?: () => number
}

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

/** Stands for a Lease that somebody removed. */
const gone: Lease = { metadata: { name: '' } }

/**
 * Shares namespaces among replicas. Each namespace belongs to one of N shards, each shard to the holder of its Lease
 * (`auxo-shard-<i>`); a Lease of each replica (`auxo-member-<identity>`) tells how many there are to share. Losing the
 * API server aborts the work in time and does not end the process: shards come back with the API server.
 */
export class Shards {
  readonly #options: Required<Omit<ShardsOptions, 'address'>> & Pick<ShardsOptions, 'address'>
  readonly #board: LeaseBoard
  readonly #member: LeaseKeeper
  readonly #owned = new Map<number, Owned>()
  readonly #subscribers = new Set<(change: ShardChange) => void>()
  /** True once the others were seen to share our number of shards, for as long as our membership lasts. */
  #joined = false

  constructor(options: ShardsOptions) {
    this.#options = {
      prefix: 'auxo',
      leaseSeconds: 15,
      renewDeadlineSeconds: 10,
      retrySeconds: 2,
      drained: async () => undefined,
      onHeld: () => undefined,
      logger: silentLogger,
      clock: systemClock,
      today: Date.now,
      ...options,
    }
    this.#board = new LeaseBoard(this.#options)
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
    return [...this.#owned].flatMap(([shard, { draining, keeper }]) =>
      keeper.held && draining === undefined ? [shard] : [],
    )
  }

  /** True while the namespace is this replica's to work on. */
  owns(namespace: string): boolean {
    const owned = this.#owned.get(this.shardOf(namespace))
    return owned?.keeper.held === true && owned.draining === undefined
  }

  /** Aborted before another replica may own the namespace; aborted already where it is not ours. */
  signal(namespace: string): AbortSignal {
    return this.#owned.get(this.shardOf(namespace))?.controller.signal ?? AbortSignal.abort()
  }

  /** Hears which shards came and went. What is lost is told when its signal is aborted. Returns what ends it. */
  subscribe(subscriber: (change: ShardChange) => void): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
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
    const held = [this.#member, ...[...this.#owned.values()].map(({ keeper }) => keeper)].filter(
      (keeper) => keeper.held,
    )
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
    for (const shard of give) this.#endWork(shard)
    const taken = await Promise.all(take.map((shard) => this.#take(shard)))
    const gained = take.filter((_, index) => taken[index])
    if (gained.length > 0) this.#tell({ gained, lost: [] })
  }

  /** The holder of each shard, with those that are on their way from us to nobody as nobody's to take. */
  #holders(): (string | undefined)[] {
    const { shards, identity } = this.#options
    return Array.from({ length: shards }, (_, shard) => {
      const owned = this.#owned.get(shard)
      if (owned !== undefined) return owned.draining === undefined ? identity : ''
      const holder = this.#board.holderOf(shard)
      // Ours by name, but lost meanwhile: to be taken anew.
      return holder === identity ? undefined : holder
    })
  }

  async #take(shard: number): Promise<boolean> {
    const name = this.#board.shardLease(shard)
    const keeper = this.#keeper(name, 'shard', (held) => {
      this.#options.onHeld(name, held)
      if (!held) this.#endWork(shard)
    })
    await keeper.take(this.#board.get(name))
    if (!keeper.held) return false
    this.#owned.set(shard, { keeper, controller: new AbortController(), draining: undefined })
    this.#options.logger.info({ shard }, 'took a shard')
    return true
  }

  /** Aborts the shard's work now; gives its Lease back, if it is ours still, when the work has ended. */
  #endWork(shard: number): void {
    const owned = this.#owned.get(shard)
    if (owned === undefined || owned.draining !== undefined) return
    const { drained, logger } = this.#options
    owned.controller.abort(new Failure(`shard ${shard} is no longer ours`, { class: 'Waiting', code: 'ShardLost' }))
    logger.info({ shard }, 'leaving a shard')
    owned.draining = Promise.resolve(shard)
      .then(drained)
      .catch((error: unknown) => logger.error({ shard, err: error }, 'the work of a shard did not end well'))
      .then(() => owned.keeper.giveBack())
      .catch((error: unknown) => logger.warn({ shard, err: error }, 'a Lease could not be given back: it will lapse'))
      .finally(() => this.#owned.delete(shard))
    this.#tell({ gained: [], lost: [shard] })
  }

  async #leave(): Promise<void> {
    const { logger, retrySeconds } = this.#options
    for (const shard of this.#owned.keys()) this.#endWork(shard)
    while (this.#owned.size > 0) {
      const drained = Promise.all([...this.#owned.values()].map(({ draining }) => draining))
      await this.#wait(retrySeconds * 1000, undefined, drained)
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

  #tell(change: ShardChange): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(change)
      } catch (error) {
        this.#options.logger.error({ err: error }, 'a subscriber of the shards failed')
      }
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
