import { asFailure, type Failure } from '../failure/failure.ts'

/** `Connecting` until the first answer; then `Ready`, or the failure that all objects of the cloud show together. */
export type Health =
  | 'Connecting'
  | 'Ready'
  | { failure: Failure /** Milliseconds of the injected clock. */; since: number }

export interface CloudHealthOptions {
  /** Services whose failure makes the cloud count as failed. Default: identity and image. */
  services?: readonly string[]
  /** Consecutive failures of class Unavailable before the cloud counts as failed. Default 2. */
  failures?: number
  /** Milliseconds that they must last at least. Default 10,000. */
  lastingMs?: number
  now?: () => number
}

interface Track {
  count: number
  since: number
  failure: Failure
}

/**
 * Whether a cloud works, as its calls tell: a refused credential counts at once, an outage when it lasts, and the first
 * success heals. Each service is judged by its own calls, so that a working Glance does not hide a failed Keystone.
 */
export class CloudHealth {
  readonly #services: ReadonlySet<string>
  readonly #failures: number
  readonly #lastingMs: number
  readonly #now: () => number
  readonly #tracks = new Map<string, Track>()
  readonly #listeners = new Set<(health: Health) => void>()
  #answered = false
  #state: Health = 'Connecting'

  constructor(options: CloudHealthOptions = {}) {
    this.#services = new Set(options.services ?? ['identity', 'image'])
    this.#failures = options.failures ?? 2
    this.#lastingMs = options.lastingMs ?? 10_000
    this.#now = options.now ?? Date.now
  }

  get state(): Health {
    return this.#state
  }

  /** A call to this service was answered as it should. */
  succeeded(service: string): void {
    if (!this.#services.has(service)) return
    this.#answered = true
    this.#tracks.delete(service)
    this.#settle()
  }

  /** A call to this service failed. Only what concerns the cloud as a whole counts: Auth and Unavailable. */
  failed(service: string, error: unknown): void {
    const failure = asFailure(error)
    if (!this.#services.has(service) || (failure.class !== 'Auth' && failure.class !== 'Unavailable')) return
    const track = this.#tracks.get(service)
    this.#tracks.set(service, { count: (track?.count ?? 0) + 1, since: track?.since ?? this.#now(), failure })
    this.#settle()
  }

  /** Called when the health changes in kind or in its failure's code; must not throw. Returns the way out. */
  subscribe(listener: (health: Health) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #settle(): void {
    const next = this.#judge()
    const changed = label(next) !== label(this.#state)
    this.#state = next
    if (changed) for (const listener of this.#listeners) listener(next)
  }

  #judge(): Health {
    const bad = [...this.#tracks.values()].filter((track) => this.#counts(track))
    // Keystone's refusal explains what the other services say, so Auth comes first.
    const worst = bad.find((track) => track.failure.class === 'Auth') ?? bad[0]
    if (worst) return { failure: worst.failure, since: worst.since }
    return this.#answered ? 'Ready' : 'Connecting'
  }

  #counts(track: Track): boolean {
    if (track.failure.class === 'Auth') return true
    return track.count >= this.#failures && this.#now() - track.since >= this.#lastingMs
  }
}

function label(health: Health): string {
  return typeof health === 'string' ? health : `${health.failure.class}/${health.failure.code}`
}
