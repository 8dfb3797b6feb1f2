import { CLOUD, finalizerOf } from '../../api/v1alpha1/names.ts'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import { askedRefresh } from '../../pkg/cloud-objects/refresh.ts'
import { asFailure, type Failure } from '../../pkg/failure/failure.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import type { Kind, Outcome, ReconcileContext, ReleaseFinalizer, Report } from '../../pkg/kube/kind.ts'
import { keyOf, type ResourceType } from '../../pkg/kube/resource.ts'
import { readLimits } from '../../pkg/openstack/limits.ts'
import { type CloudConnector, fingerprintOf } from './connector.ts'
import { type CredentialsState, readCredentials } from './credentials.ts'
import type { CloudFacts, ObservedCloud } from './observed.ts'
import { type CloudStep, plan } from './plan.ts'
import { report, reportUnobserved } from './report.ts'

export const cloudType: ResourceType<Cloud> = CLOUD

export interface CloudTools {
  client: KubeClient
  connector: CloudConnector
  /** Clouds of the same namespace. */
  neighboursOf(cloud: Cloud): readonly Cloud[]
  /** Objects that refer to a Cloud, as `Kind/name`. */
  referrersOf(cloudKey: string): readonly string[]
  now?: () => number
}

/** Milliseconds for which what the cloud says of itself is not asked again. */
const FACTS_MS = 300_000
/** A refused log-in is not repeated with the same credentials for so long: accounts get locked for that. */
const REJECTED_MS = 300_000
/** Seconds between two looks at the Secret while the cloud is not connected. */
const RECHECK_SECONDS = 15

/** The Cloud kind as the loop sees it. */
export class CloudKind implements Kind<Cloud, ObservedCloud, CloudStep> {
  readonly type = cloudType
  readonly finalizer = finalizerOf(CLOUD)
  readonly #tools: CloudTools
  readonly #now: () => number
  readonly #facts = new Map<string, { facts: CloudFacts; at: number }>()
  readonly #rejections = new Map<string, { fingerprint: string; failure: Failure; at: number }>()

  /** Values of the refresh annotation that were obeyed here, until they are on record. */
  readonly #refreshed = new Map<string, string>()

  constructor(tools: CloudTools) {
    this.#tools = tools
    this.#now = tools.now ?? (() => performance.now())
  }

  holds(): boolean {
    return true
  }

  async observe(cloud: Cloud, { signal }: ReconcileContext): Promise<ObservedCloud> {
    const key = keyOf(cloud)
    const credentials = await readCredentials(this.#tools.client, cloud, signal)
    const fingerprint = credentials.state === 'Present' ? fingerprintOf(cloud, credentials.credentials) : undefined
    const rejected = this.#rejections.get(key)
    const refresh = askedRefresh(cloud)
    const recent = rejected?.fingerprint === fingerprint && this.#now() - (rejected?.at ?? 0) < REJECTED_MS
    return {
      credentials,
      connection: this.#connection(key, fingerprint),
      rejection: recent ? rejected?.failure : undefined,
      refresh,
      refreshDue: refresh !== undefined && this.#refreshed.get(key) !== refresh,
      projectTakenBy: this.#projectTakenBy(cloud),
      referrers: this.#tools.referrersOf(key),
    }
  }

  plan(cloud: Cloud, observed: ObservedCloud): CloudStep | ReleaseFinalizer {
    return plan(cloud, observed)
  }

  async act(
    step: CloudStep,
    cloud: Cloud,
    { credentials, connection, refresh }: ObservedCloud,
    { signal }: ReconcileContext,
  ): Promise<Outcome> {
    const key = keyOf(cloud)
    switch (step.type) {
      case 'Connect':
        return await this.#connect(key, cloud, credentials, signal)
      case 'Disconnect':
        this.forget(key)
        return { type: 'Done' }
      case 'ReadFacts':
        await this.#readFacts(key, signal)
        return { type: 'Done' }
      case 'Refresh':
        // A connection that is made anew looks at everything by itself.
        if (connection?.current) await this.#tools.connector.connectionOf(key)?.cloud.refreshAll()
        this.#facts.delete(key)
        this.#rejections.delete(key)
        if (refresh !== undefined) this.#refreshed.set(key, refresh)
        return { type: 'Done' }
      case 'Rest':
        return { type: 'Settled' }
      default:
        return { type: 'Waiting', afterSeconds: RECHECK_SECONDS }
    }
  }

  report(cloud: Cloud, observed: ObservedCloud, step: CloudStep | ReleaseFinalizer, outcome: Outcome): Report<Cloud> {
    return report(cloud, observed, step, outcome)
  }

  reportUnobserved(cloud: Cloud, failure: Failure): Report<Cloud> {
    return reportUnobserved(cloud, failure)
  }

  forget(key: string): void {
    this.#tools.connector.disconnect(key)
    this.#facts.delete(key)
    this.#rejections.delete(key)
    this.#refreshed.delete(key)
  }

  #connection(key: string, fingerprint: string | undefined): ObservedCloud['connection'] {
    const connection = this.#tools.connector.connectionOf(key)
    if (connection === undefined) return undefined
    const { cloud, identity } = connection
    const health = cloud.health.state
    const known = this.#facts.get(key)
    return {
      current: connection.fingerprint === fingerprint,
      identity,
      failure: typeof health === 'string' ? undefined : health.failure,
      facts: known?.facts,
      factsDue: known === undefined || this.#now() - known.at > FACTS_MS,
      images: cloud.imageInventory.synced ? cloud.imageInventory.all().length : undefined,
      desktops: cloud.serverInventory.synced ? cloud.serverInventory.all().length : undefined,
    }
  }

  async #connect(key: string, cloud: Cloud, credentials: CredentialsState, signal: AbortSignal): Promise<Outcome> {
    if (credentials.state !== 'Present') return { type: 'Settled' }
    try {
      await this.#tools.connector.connect(key, cloud, credentials.credentials, signal)
      this.#facts.delete(key)
      this.#rejections.delete(key)
      const note = `connected to project ${this.#tools.connector.connectionOf(key)?.identity.project.name}`
      return { type: 'Done', event: { type: 'Normal', reason: 'Connected', action: 'Connect', note } }
    } catch (error) {
      this.#tools.connector.disconnect(key)
      const failure = asFailure(error)
      if (failure.class !== 'Auth') throw error
      const fingerprint = fingerprintOf(cloud, credentials.credentials)
      this.#rejections.set(key, { fingerprint, failure, at: this.#now() })
      return { type: 'Done' }
    }
  }

  async #readFacts(key: string, signal: AbortSignal): Promise<void> {
    const session = this.#tools.connector.connectionOf(key)?.cloud.session
    if (session === undefined) return
    const [services, limits] = await Promise.all([session.services({ signal }), readLimits(session, { signal })])
    this.#facts.set(key, { facts: { services, limits }, at: this.#now() })
  }

  /** The older of two Clouds that mean the same project keeps it. */
  #projectTakenBy(cloud: Cloud): string | undefined {
    const mine = this.#tools.connector.connectionOf(keyOf(cloud))?.identity.project.id
    if (mine === undefined) return undefined
    const rank = ({ metadata }: Cloud) => `${metadata.creationTimestamp ?? ''}/${metadata.name}`
    return this.#tools.neighboursOf(cloud).find((other) => this.#projectOf(other) === mine && rank(other) < rank(cloud))
      ?.metadata.name
  }

  #projectOf(cloud: Cloud): string | undefined {
    return this.#tools.connector.connectionOf(keyOf(cloud))?.identity.project.id
  }
}
