import type { CloudHealth } from './cloud-health.ts'
import type { CloudInventories } from './cloud-inventories.ts'
import type { CloudLookups } from './cloud-lookups.ts'
import type { CloudServices } from './cloud-services.ts'
import type { ServerLocks } from './server-locks.ts'
import type { Session } from './session.ts'

/** A cloud that a `Cloud` object has connected. */
export interface ConnectedCloud extends CloudServices, CloudInventories {
  /** `Cloud.spec.ownerID`: first part of every mark. */
  ownerID: string
  /** Id of the project that the session is scoped to. */
  projectID: string
  /** Id of the user that the session is logged in as. */
  userID: string
  session: Session
  locks: ServerLocks
  lookups: CloudLookups
  health: CloudHealth
}

/** What happened to a cloud: connected (again), gone, or its health changed. */
export type CloudChange = 'Connected' | 'Disconnected' | 'HealthChanged'

type Listener = (cloudKey: string, change: CloudChange) => void

/** The connected clouds by `namespace/name` of their `Cloud`. The Cloud controller fills it, other kinds read it. */
export class CloudRegistry {
  readonly #clouds = new Map<string, { cloud: ConnectedCloud; unsubscribe: () => void }>()
  readonly #listeners = new Set<Listener>()

  /** The connected cloud; `undefined` while its `Cloud` is not (yet, or any more) connected. */
  get(cloudKey: string): ConnectedCloud | undefined {
    return this.#clouds.get(cloudKey)?.cloud
  }

  keys(): string[] {
    return [...this.#clouds.keys()]
  }

  /** Puts a cloud in place, also of an earlier one with the same key (whose owner closes it). */
  connect(cloudKey: string, cloud: ConnectedCloud): void {
    this.#clouds.get(cloudKey)?.unsubscribe()
    const unsubscribe = cloud.health.subscribe(() => this.#tell(cloudKey, 'HealthChanged'))
    this.#clouds.set(cloudKey, { cloud, unsubscribe })
    this.#tell(cloudKey, 'Connected')
  }

  disconnect(cloudKey: string): void {
    const entry = this.#clouds.get(cloudKey)
    if (!entry) return
    entry.unsubscribe()
    this.#clouds.delete(cloudKey)
    this.#tell(cloudKey, 'Disconnected')
  }

  /** Listeners must not throw. Returns the way out. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(cloudKey: string, change: CloudChange): void {
    for (const listener of this.#listeners) listener(cloudKey, change)
  }
}
