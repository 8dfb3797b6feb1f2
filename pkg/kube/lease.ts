import type { Clock } from './clock.ts'
import { microTime } from './micro-time.ts'
import type { KubeObject, ResourceType } from './resource.ts'

/** coordination.k8s.io/v1 Lease. */
export interface Lease extends KubeObject {
  spec?: {
    /** Empty or absent: free to be taken. */
    holderIdentity?: string
    /** Whoever sees no renewal for this long may take it. */
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

export const leaseType: ResourceType<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
}

/** What may be believed of a Lease. */
export type LeaseState =
  /** Nobody holds it, or its holder has not renewed it for its duration. */
  | 'Free'
  /** It has a holder, but was not seen to be renewed yet. */
  | 'Unconfirmed'
  /** Its holder lives. */
  | 'Live'

/**
 * Judges Leases by when this process saw them change, on its own monotonic clock: times that other machines wrote are
 * never compared (as client-go does).
 */
export class LeaseWatch {
  readonly #clock: Clock
  readonly #seen = new Map<string, { version: string; at: number; renewed: boolean }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes notice of all Leases there are; `askedAt` is when the question was sent. */
  observe(leases: readonly Lease[], askedAt: number): void {
    const names = new Set<string>()
    for (const { metadata } of leases) {
      const version = metadata.resourceVersion ?? ''
      const before = this.#seen.get(metadata.name)
      names.add(metadata.name)
      if (before?.version === version) continue
      this.#seen.set(metadata.name, { version, at: askedAt, renewed: before !== undefined })
    }
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name)
  }

  stateOf({ metadata, spec }: Lease): LeaseState {
    const seen = this.#seen.get(metadata.name)
    if (!spec?.holderIdentity || seen === undefined) return spec?.holderIdentity ? 'Unconfirmed' : 'Free'
    if (this.silentMs(metadata.name) > (spec.leaseDurationSeconds ?? 0) * 1000) return 'Free'
    return seen.renewed ? 'Live' : 'Unconfirmed'
  }

  /** How long the Lease was not seen to change. */
  silentMs(name: string): number {
    const seen = this.#seen.get(name)
    return seen === undefined ? 0 : this.#clock.now() - seen.at
  }
}

/** Who takes Leases, and what is written on them. */
export interface LeaseHolder {
  identity: string
  durationSeconds: number
  labels: Record<string, string>
  annotations: Record<string, string>
}

/** The Lease as its holder writes it: taken, or renewed where it was its own already. `lease` is its present state. */
export function heldBy(holder: LeaseHolder, lease: Lease, today: number): Lease {
  const { identity, durationSeconds, labels, annotations } = holder
  const { holderIdentity, acquireTime, leaseTransitions = 0 } = lease.spec ?? {}
  const mine = holderIdentity === identity
  const time = microTime(today)
  return {
    metadata: {
      ...lease.metadata,
      labels: { ...lease.metadata.labels, ...labels },
      annotations: { ...lease.metadata.annotations, ...annotations },
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: durationSeconds,
      acquireTime: mine && acquireTime ? acquireTime : time,
      renewTime: time,
      leaseTransitions: mine ? leaseTransitions : leaseTransitions + 1,
    },
  }
}

/** The Lease given back: anybody may take it at once. */
export function givenBack(lease: Lease, today: number): Lease {
  const time = microTime(today)
  const { leaseTransitions = 0 } = lease.spec ?? {}
  const spec = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time, leaseTransitions }
  return { metadata: lease.metadata, spec }
}
