import { CloudHealth } from './cloud-health.ts'
import { createInventories, type ImageInventoryScope, type LookInterval } from './cloud-inventories.ts'
import { CloudLookups } from './cloud-lookups.ts'
import type { CloudProfile } from './cloud-profile.ts'
import type { ConnectedCloud } from './cloud-registry.ts'
import { type CloudServices, createServices } from './cloud-services.ts'
import { OpenStackError } from './errors.ts'
import type { FinishedCall } from './paced-transport.ts'
import { type EndpointBuckets, RateLimits } from './rate-limit.ts'
import { ServerActions } from './server-actions.ts'
import type { ServerLocks } from './server-locks.ts'
import { Session } from './session.ts'
import type { RateLimit } from './token-bucket.ts'
import { type ConnectorFactory, createDispatcher } from './transport.ts'

export interface ConnectCloudOptions {
  /** `Cloud.spec.ownerID`. */
  ownerID: string
  profile: CloudProfile
  /** The same credential for another project, from which locks hold against members; see `ServerLocks`. */
  lockProfile?: CloudProfile | undefined
  images?: ImageInventoryScope | undefined
  /** How often servers are looked at while nothing is under way. */
  servers?: LookInterval | undefined
  /** Pace of calls to each service. */
  requests?: RateLimit | undefined
  /** Buckets that this cloud shares with others on the same servers; its own unless given. */
  buckets?: EndpointBuckets | undefined
  /** Milliseconds after which a call is given up; see `SessionOptions`. */
  requestTimeoutMs?: number | undefined
  /** Refuses addresses: `(options) => policy.connector(options)`. */
  connector?: ConnectorFactory | undefined
  /** Told of every HTTP exchange; for metrics. */
  onCall?: ((call: FinishedCall) => void) | undefined
}

/** A cloud and what keeps it up to date; one that is not `run` has to be closed by running it with an aborted signal. */
export interface CloudConnection {
  cloud: ConnectedCloud
  /** Keeps the inventories until `signal` is aborted, then closes idle connections; calls under way may finish. */
  run(signal: AbortSignal): Promise<void>
}

/**
 * Logs in and puts a session, its services, its inventories and its health together. Throws what the login failed with;
 * nothing is left open then.
 */
export async function connectCloud(options: ConnectCloudOptions, signal?: AbortSignal): Promise<CloudConnection> {
  const { ownerID, profile, connector, requestTimeoutMs, onCall } = options
  const dispatcher = createDispatcher(profile, { connector })
  const health = new CloudHealth()
  const limits = new RateLimits(options.requests, options.buckets)
  const session = new Session(profile, { dispatcher, limits, health, requestTimeoutMs, onCall })
  try {
    const projectID = (await session.project({ signal })).id
    const userID = (await session.user({ signal })).id
    const services = createServices(session)
    const inventories = createInventories(services, { projectID, images: options.images, servers: options.servers })
    // That the credential reaches no further is not the cloud's health.
    const outside =
      options.lockProfile && new Session(options.lockProfile, { dispatcher, limits, requestTimeoutMs, onCall })
    const locks = await chooseLocks(services, projectID, outside, signal)
    const lookups = new CloudLookups(services, projectID)
    return {
      cloud: { ownerID, projectID, userID, session, health, locks, lookups, ...services, ...inventories.readers },
      async run(signal) {
        await inventories.run(signal)
        await dispatcher.close()
        limits.close()
      },
    }
  } catch (error) {
    limits.close()
    await dispatcher.destroy()
    throw error
  }
}

/** Locks come from outside the servers' project where the credential reaches there. */
async function chooseLocks(
  { serverActions }: CloudServices,
  projectID: string,
  outside: Session | undefined,
  signal: AbortSignal | undefined,
): Promise<ServerLocks> {
  const inside = { actions: serverActions, advisory: true }
  if (outside === undefined) return inside
  try {
    const { id } = await outside.project({ signal })
    return id === projectID ? inside : { actions: new ServerActions(outside), advisory: false }
  } catch (error) {
    if (error instanceof OpenStackError && error.class === 'Auth') return inside
    throw error
  }
}
