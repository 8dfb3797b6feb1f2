import { Failure } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import type { Clock } from './clock.ts'
import { type Lease, type LeaseState, LeaseWatch, leaseType } from './lease.ts'

export const kindLabel = 'vdi.auxo.dev/lease'
export const shardsAnnotation = 'vdi.auxo.dev/shards'
export const addressAnnotation = 'vdi.auxo.dev/address'

export interface LeaseBoardOptions {
  client: KubeClient
  namespace: string
  prefix: string
  identity: string
  shards: number
  clock: Clock
}

/** All Leases of the replicas as they were last seen, and what they say together. Writes nothing. */
export class LeaseBoard {
  readonly #options: LeaseBoardOptions
  readonly #watch: LeaseWatch
  #leases = new Map<string, Lease>()

  constructor(options: LeaseBoardOptions) {
    this.#options = options
    this.#watch = new LeaseWatch(options.clock)
  }

  /** Reads all Leases. When that fails everything stays as it was seen before. */
  async look(options: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
    const { client, namespace, clock, prefix } = this.#options
    const askedAt = clock.now()
    const leases: Lease[] = []
    const labelSelector = `${kindLabel} in (shard,member)`
    for await (const lease of client.listAll(leaseType, { namespace, labelSelector, ...options })) {
      if (lease.metadata.name.startsWith(`${prefix}-`)) leases.push(lease)
    }
    this.#watch.observe(leases, askedAt)
    this.#leases = new Map(leases.map((lease) => [lease.metadata.name, lease]))
  }

  shardLease(shard: number): string {
    return `${this.#options.prefix}-shard-${shard}`
  }

  memberLease(identity: string): string {
    return `${this.#options.prefix}-member-${identity}`
  }

  get(name: string): Lease | undefined {
    return this.#leases.get(name)
  }

  /** Who holds the shard; undefined where it is free to be taken. */
  holderOf(shard: number): string | undefined {
    const lease = this.get(this.shardLease(shard))
    return lease === undefined || this.#stateOf(lease) === 'Free' ? undefined : lease.spec?.holderIdentity
  }

  /** Where the holder of the shard can be reached. */
  addressOf(shard: number): string | undefined {
    if (this.holderOf(shard) === undefined) return undefined
    return this.get(this.shardLease(shard))?.metadata.annotations?.[addressAnnotation]
  }

  /** The replicas that share the work, ourselves among them. */
  members(): string[] {
    const { identity, shards } = this.#options
    const members = this.#memberLeases().filter((lease) => {
      // One with another number of shards is about to find that out and leave.
      return this.#stateOf(lease) !== 'Free' && lease.metadata.annotations?.[shardsAnnotation] === String(shards)
    })
    return [...new Set([identity, ...members.map(({ spec }) => spec?.holderIdentity ?? '')])]
  }

  /** Leases of replicas that have not been heard of for so long that they were killed. */
  deadMembers(silentMs: number): Lease[] {
    return this.#memberLeases().filter(({ metadata }) => this.#watch.silentMs(metadata.name) > silentMs)
  }

  /**
   * True when every other replica that lives has our number of shards; false while one that has another may live.
   * Throws (`ShardCountMismatch`) when such a one surely does.
   */
  agree(): boolean {
    const others = [...this.#leases.values()].filter((lease) => this.#disagrees(lease))
    const live = others.find((lease) => this.#stateOf(lease) === 'Live')
    if (live === undefined) return others.every((lease) => this.#stateOf(lease) === 'Free')
    const { shards } = this.#options
    const theirs = live.metadata.annotations?.[shardsAnnotation]
    throw new Failure(
      `replica ${live.spec?.holderIdentity} runs with ${theirs} shards, this one was started with ${shards}: stop all replicas before the number is changed`,
      { class: 'InvalidSpec', code: 'ShardCountMismatch' },
    )
  }

  #disagrees({ metadata, spec }: Lease): boolean {
    const { shards, identity } = this.#options
    return spec?.holderIdentity !== identity && metadata.annotations?.[shardsAnnotation] !== String(shards)
  }

  #memberLeases(): Lease[] {
    const prefix = this.memberLease('')
    return [...this.#leases.values()].filter(({ metadata }) => metadata.name.startsWith(prefix))
  }

  #stateOf(lease: Lease): LeaseState {
    return this.#watch.stateOf(lease)
  }
}
