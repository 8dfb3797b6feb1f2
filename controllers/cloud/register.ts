import { observeCloudCalls } from '../metrics.ts'
import type { Runtime } from '../runtime.ts'
import { CloudKind } from './cloud-kind.ts'
import { CloudConnector } from './connector.ts'

/** Seconds between two looks at a Cloud: its Secret is only ever read, so that is how a change of it is noticed. */
const RESYNC_SECONDS = 60

/** Puts the Cloud kind to work. Returns what asks for a look at one. */
export function registerClouds(runtime: Runtime): (cloudKey: string) => void {
  const { client, clouds, images, registry, addresses, metrics, options } = runtime
  const connector = new CloudConnector(registry, addresses, observeCloudCalls(metrics.registry))
  const kind = new CloudKind({
    client,
    connector,
    neighboursOf: ({ metadata }) => clouds.list().filter((other) => other.metadata.namespace === metadata.namespace),
    referrersOf: (key) => images.byIndex('cloud', key).map(({ metadata }) => `Image/${metadata.name}`),
  })
  const resyncSeconds = Math.min(options.resyncSeconds, RESYNC_SECONDS)
  const controller = runtime.control('cloud', kind, clouds, { resyncSeconds })
  const look = (cloudKey: string) => controller.enqueue(cloudKey)
  runtime.ends.push(
    registry.subscribe(look),
    // A Cloud that is being deleted waits for the last object that refers to it.
    images.subscribe(({ type, object: { metadata, spec } }) => {
      if (type === 'Deleted') look(`${metadata.namespace}/${spec.cloudRef.name}`)
    }),
    () => connector.close(),
  )
  return look
}
