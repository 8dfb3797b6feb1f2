import { CloudHealth } from './cloud-health.ts'
import type { CloudProfile } from './cloud-profile.ts'
import type { ConnectedCloud } from './cloud-registry.ts'
import { createImageInventory } from './image-inventory.ts'
import { ImageService } from './image-service.ts'
import type { FinishedCall } from './paced-transport.ts'
import { type RateLimit, RateLimits } from './rate-limit.ts'
import { Session } from './session.ts'
import { type ConnectorFactory, createDispatcher } from './transport.ts'

export interface ConnectCloudOptions {
  /** `Cloud.spec.ownerID`. */
  ownerID: string
  profile: CloudProfile
  /** Which images the inventory holds: the project's (also for policy None: ours are among them), or all visible. */
  images?: { policy?: 'None' | 'Project' | 'All'; intervalSeconds?: number | undefined }
  /** Pace of calls to each service. */
  requests?: RateLimit | undefined
  /** Refuses addresses: `(options) => policy.connector(options)`. */
  connector?: ConnectorFactory | undefined
  /** Told of every HTTP exchange; for metrics. */
  onCall?: ((call: FinishedCall) => void) | undefined
}

/** A cloud and what keeps it up to date. */
export interface CloudConnection {
  cloud: ConnectedCloud
  /** Keeps the inventory until `signal` is aborted, then closes idle connections; calls under way may finish. */
  run(signal: AbortSignal): Promise<void>
}

/** Puts a session, its services, its inventory and its health together. Nothing is sent before `run` or a call. */
export function connectCloud(options: ConnectCloudOptions): CloudConnection {
  const { ownerID, profile, connector, onCall } = options
  const dispatcher = createDispatcher(profile, { connector })
  const health = new CloudHealth()
  const session = new Session(profile, { dispatcher, limits: new RateLimits(options.requests), health, onCall })
  const images = new ImageService(session)
  const { policy = 'Project', intervalSeconds = 60 } = options.images ?? {}
  const owner = policy === 'All' ? undefined : async () => (await session.project()).id
  const imageInventory = createImageInventory(images, { owner, intervalSeconds })
  return {
    cloud: { ownerID, session, images, imageInventory, health },
    async run(signal) {
      await imageInventory.run(signal)
      await dispatcher.close()
    },
  }
}
