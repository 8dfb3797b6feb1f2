import type { KubeClient } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Logger, silentLogger } from './log.ts'

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

/** Everything but the address has a default. */
export type ShardsSettings = Required<Omit<ShardsOptions, 'address'>> & Pick<ShardsOptions, 'address'>

export function withDefaults(options: ShardsOptions): ShardsSettings {
  return {
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
}
