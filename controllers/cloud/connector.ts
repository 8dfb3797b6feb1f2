import { createHash } from 'node:crypto'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import type { AddressPolicy } from '../../pkg/net/address-policy.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { readCloud } from '../../pkg/openstack/clouds-yaml.ts'
import { connectCloud } from '../../pkg/openstack/connect-cloud.ts'
import type { Identity } from '../../pkg/openstack/identity.ts'
import type { FinishedCall } from '../../pkg/openstack/paced-transport.ts'
import { EndpointBuckets } from '../../pkg/openstack/rate-limit.ts'

/** What the Secret of a Cloud holds. */
export interface CloudCredentials {
  cloudsYaml: string
  cacert?: string | undefined
}

export interface Connection {
  /** Changes with everything that the connection was made from. */
  fingerprint: string
  cloud: ConnectedCloud
  identity: Identity
}

/** Told of each HTTP exchange with a cloud, for metrics. */
export type CallObserver = (cloudKey: string, call: FinishedCall) => void

/** Opens and closes connections to clouds and keeps the registry that other kinds read. */
export class CloudConnector {
  readonly #registry: CloudRegistry
  readonly #addresses: AddressPolicy
  readonly #onCall: CallObserver | undefined
  readonly #requestTimeoutMs: number | undefined
  readonly #buckets = new EndpointBuckets()
  readonly #connections = new Map<string, { connection: Connection; close: () => void }>()

  constructor(
    registry: CloudRegistry,
    addresses: AddressPolicy,
    options: { onCall?: CallObserver; requestTimeoutMs?: number } = {},
  ) {
    this.#registry = registry
    this.#addresses = addresses
    this.#onCall = options.onCall
    this.#requestTimeoutMs = options.requestTimeoutMs
  }

  connectionOf(cloudKey: string): Connection | undefined {
    return this.#connections.get(cloudKey)?.connection
  }

  /** Logs in, starts the inventory, and puts the cloud in place of an earlier connection. Throws `OpenStackError`. */
  async connect(cloudKey: string, object: Cloud, credentials: CloudCredentials, signal: AbortSignal): Promise<void> {
    const { ownerID, synchronize, requests, ...spec } = object.spec
    const { cloudsYaml, cacert } = credentials
    const profileFor = (project: typeof spec.project) =>
      readCloud(cloudsYaml, spec.credentials.cloudName, { cacert, project })
    const { cloud, run } = await connectCloud(
      {
        ownerID,
        profile: profileFor(spec.project),
        lockProfile: spec.project && profileFor(undefined),
        // Everything that is visible: an Image may refer to a public one, whatever is synchronised.
        images: { policy: 'All', intervalSeconds: synchronize?.images?.intervalSeconds },
        servers: { intervalSeconds: synchronize?.desktops?.intervalSeconds },
        requests: { callsPerSecond: requests?.perSecond ?? 100, burst: requests?.burst ?? 200 },
        requestTimeoutMs: this.#requestTimeoutMs,
        buckets: this.#buckets,
        connector: (options) => this.#addresses.connector(options),
        onCall: this.#onCall && ((call) => this.#onCall?.(cloudKey, call)),
      },
      signal,
    )
    const stop = new AbortController()
    const identity = await cloud.session.identity({ signal }).catch(async (error) => {
      await run(AbortSignal.abort())
      throw error
    })
    this.disconnect(cloudKey)
    void run(stop.signal)
    const connection = { fingerprint: fingerprintOf(object, credentials), cloud, identity }
    this.#connections.set(cloudKey, { connection, close: () => stop.abort() })
    this.#registry.connect(cloudKey, cloud)
  }

  disconnect(cloudKey: string): void {
    const entry = this.#connections.get(cloudKey)
    if (entry === undefined) return
    this.#connections.delete(cloudKey)
    this.#registry.disconnect(cloudKey)
    entry.close()
  }

  /** Closes every connection. */
  close(): void {
    for (const key of [...this.#connections.keys()]) this.disconnect(key)
  }
}

/** Stands for everything that a connection is made from, without giving any of it away. */
export function fingerprintOf({ spec }: Cloud, credentials: CloudCredentials): string {
  const parts = [
    credentials.cloudsYaml,
    credentials.cacert,
    spec.ownerID,
    spec.credentials.cloudName,
    spec.project,
    spec.requests,
    spec.synchronize?.images?.intervalSeconds,
    spec.synchronize?.desktops?.intervalSeconds,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
