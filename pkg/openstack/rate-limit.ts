import { realTiming, type Timing } from './timing.ts'
import { type RateLimit, TokenBucket } from './token-bucket.ts'

interface SharedBucket {
  bucket: TokenBucket
  /** Who goes through it, and how fast each of them may. */
  members: Map<object, RateLimit>
}

/**
 * The buckets of all clouds that this process talks to, one per service and server. Two clouds with the same server
 * share it, at the pace of the slower one: the service counts what comes from us, whatever project it is for.
 */
export class EndpointBuckets {
  readonly #timing: Timing
  readonly #shared = new Map<string, SharedBucket>()

  constructor(timing: Timing = realTiming) {
    this.#timing = timing
  }

  /** The bucket for `endpoint`, which goes no faster than `limit` until the member leaves. */
  join(endpoint: string, member: object, limit: RateLimit): TokenBucket {
    const shared = this.#shared.get(endpoint)
    if (shared === undefined) {
      const bucket = new TokenBucket(limit, this.#timing)
      this.#shared.set(endpoint, { bucket, members: new Map([[member, limit]]) })
      return bucket
    }
    shared.members.set(member, limit)
    shared.bucket.limit = slowest(shared.members)
    return shared.bucket
  }

  /** Takes a member's limits away; buckets that nobody uses any more go. */
  leave(member: object): void {
    for (const [endpoint, { bucket, members }] of this.#shared) {
      if (!members.delete(member)) continue
      if (members.size === 0) this.#shared.delete(endpoint)
      else bucket.limit = slowest(members)
    }
  }
}

/** The pace of one cloud: its limit, and the buckets that it shares with others. Used by all sessions of that cloud. */
export class RateLimits {
  readonly #limit: RateLimit
  readonly #buckets: EndpointBuckets
  readonly #joined = new Map<string, TokenBucket>()

  constructor(limit: RateLimit = { callsPerSecond: 100, burst: 200 }, buckets = new EndpointBuckets()) {
    this.#limit = limit
    this.#buckets = buckets
  }

  /** The bucket for calls to `url`, which is any address of the service. */
  of(service: string, url: string): TokenBucket {
    // Not the path: some services have the project in it.
    const endpoint = `${service} ${new URL(url).origin}`
    let bucket = this.#joined.get(endpoint)
    if (bucket === undefined) {
      bucket = this.#buckets.join(endpoint, this, this.#limit)
      this.#joined.set(endpoint, bucket)
    }
    return bucket
  }

  /** To be called when the cloud is talked to no more: others are not slowed by it from then on. */
  close(): void {
    this.#buckets.leave(this)
  }
}

function slowest(members: ReadonlyMap<object, RateLimit>): RateLimit {
  const limits = [...members.values()]
  return {
    callsPerSecond: Math.min(...limits.map(({ callsPerSecond }) => callsPerSecond)),
    burst: Math.min(...limits.map(({ burst }) => burst)),
  }
}
