import { onReferrerGone, referrersOf } from '../informers.ts'
import { observeCloudCalls } from '../metrics.ts'
import type { Runtime } from '../runtime.ts'
import { CloudKind } from './cloud-kind.ts'
import { CloudConnector } from './connector.ts'

/** Seconds between two looks at a Cloud: its Secret is only ever read, so that is how a change of it is noticed. */
const RESYNC_SECONDS = 60

/** Puts the Cloud kind to work. Returns what asks for a look at one. */
export function registerClouds(runtime: Runtime): (cloudKey: string) => void {
  const { client, informers, registry, addresses, metrics, options } = runtime
  const { clouds } = informers
  const connector = new CloudConnector(registry, addresses, {
    onCall: observeCloudCalls(metrics.registry),
    requestTimeoutMs: options.requestTimeoutSeconds * 1000,
  })
  const kind = new CloudKind({
    client,
    connector,
    neighboursOf: ({ metadata }) => clouds.list().filter((other) => other.metadata.namespace === metadata.namespace),
    referrersOf: (key) => referrersOf(informers, key),
  })
  const resyncSeconds = Math.min(options.resyncSeconds, RESYNC_SECONDS)
  const controller = runtime.control('cloud', kind, clouds, { resyncSeconds })
  const look = (cloudKey: string) => controller.enqueue(cloudKey)
  runtime.ends.push(
    registry.subscribe(look),
    // A Cloud that is being deleted waits for the last object that refers to it.
    onReferrerGone(informers, look),
    () => connector.close(),
  )
  return look
}
