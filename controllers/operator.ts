import { PAUSED_ANNOTATION } from '../api/v1alpha1/names.ts'
import type { Cloud, Image } from '../api/v1alpha1/objects.ts'
import { KubeClient } from '../pkg/kube/client.ts'
import { loadConnection } from '../pkg/kube/connection.ts'
import { Controller } from '../pkg/kube/controller.ts'
import { EventRecorder } from '../pkg/kube/events.ts'
import { HealthServer } from '../pkg/kube/health.ts'
import { Informer } from '../pkg/kube/informer.ts'
import type { Kind, StatusObject, Step } from '../pkg/kube/kind.ts'
import type { Logger } from '../pkg/kube/log.ts'
import { Metrics } from '../pkg/kube/metrics.ts'
import { Shards } from '../pkg/kube/shards.ts'
import { AddressPolicy } from '../pkg/net/address-policy.ts'
import { CloudRegistry } from '../pkg/openstack/cloud-registry.ts'
import { Spool } from '../pkg/transfer/spool.ts'
import { Transfers } from '../pkg/transfer/transfers.ts'
import { Uploads } from '../pkg/transfer/uploads.ts'
import { CloudKind, cloudType } from './cloud/cloud-kind.ts'
import { CloudConnector } from './cloud/connector.ts'
import { HttpSources } from './image/http-sources.ts'
import { ImageKind, imageType } from './image/image-kind.ts'
import { ImageMemory } from './image/memory.ts'
import { cloudKeyOf } from './image/observe.ts'
import { TransferJobs } from './image/transfer-jobs.ts'
import { ImageUploads } from './image/uploads-directory.ts'
import { imageIndexes, wakeOn } from './image/wake.ts'
import { ImageSynchronizer } from './image-synchronizer/synchronizer.ts'
import { observeCloudCalls } from './metrics.ts'
import type { OperatorOptions } from './options.ts'
import { startUploadService } from './upload-service.ts'

/** How long the end of work may take before the process goes anyway. */
const STOP_MS = 30_000

/**
 * The whole operator in one process: caches, shards, one controller per kind, the upload gateway, metrics. Everything
 * is put together here and nowhere else. Returns when the signal is aborted and all work has ended.
 */
export async function runOperator(options: OperatorOptions, logger: Logger, signal: AbortSignal): Promise<void> {
  const metrics = new Metrics()
  const connection = await loadConnection({ kubeconfig: options.kubeconfig })
  const client = new KubeClient({ connection, onExchange: metrics.exchange })
  const events = new EventRecorder({ client, controller: 'vdi.auxo.dev/auxo', instance: options.identity, logger })
  const namespaces = options.watchNamespaces
  const clouds = new Informer<Cloud>({ client, type: cloudType, namespaces, logger })
  const images = new Informer<Image>({ client, type: imageType, namespaces, indexes: imageIndexes, logger })
  const synced = async (until: AbortSignal) => (await clouds.synced(until)) && (await images.synced(until))
  const addresses = new AddressPolicy({ allow: options.allowAddresses, deny: options.denyAddresses })
  const registry = new CloudRegistry()
  const connector = new CloudConnector(registry, addresses, observeCloudCalls(metrics.registry))
  const transfers = new Transfers({ concurrency: options.transfers })
  const spool = options.spoolDir === undefined ? undefined : await Spool.open({ directory: options.spoolDir })
  const uploads = new Uploads({ spool })
  const work = new AbortController()

  const gateway = await startUploadService(options, {
    directory: new ImageUploads(client, images, uploads),
    shards: { owns: (namespace) => shards.owns(namespace), addressOf: (namespace) => shards.addressOf(namespace) },
    logger,
  })
  const address = options.advertiseUrl ?? gateway?.address
  const shards: Shards = new Shards({
    client,
    namespace: options.leaseNamespace,
    identity: options.identity,
    shards: options.shards,
    ...(address === undefined ? {} : { address }),
    drained: async (shard) => {
      const concerns = (namespace: string) => shards.shardOf(namespace) === shard
      await Promise.all(controllers.map((controller) => controller.drained(concerns)))
    },
    onHeld: (lease, held) => metrics.lease(lease, held),
    logger,
  })
  const control = <O extends StatusObject, Observed, S extends Step>(
    name: string,
    kind: Kind<O, Observed, S>,
    informer: Informer<O>,
    resyncSeconds: number,
  ) =>
    new Controller({
      ...{ name, kind, client, informer, ownership: shards, events, logger, synced, resyncSeconds },
      queue: metrics.queue(name),
      metrics: metrics.controller(name),
      workers: options.workers,
      pausedAnnotation: PAUSED_ANNOTATION,
    })

  const cloudKind = new CloudKind({
    client,
    connector,
    neighboursOf: (cloud) => clouds.list().filter(({ metadata }) => metadata.namespace === cloud.metadata.namespace),
    referrersOf: (key) => images.byIndex('cloud', key).map(({ metadata }) => `Image/${metadata.name}`),
  })
  const usersOf = () => [] as string[]
  const imageKind = new ImageKind({
    registry,
    transfers,
    memory: new ImageMemory(),
    jobs: new TransferJobs({
      uploads,
      transfers,
      http: new HttpSources(client, addresses),
      signalOf: (namespace) => shards.signal(namespace),
    }),
    cloudOf: (image) => clouds.get(cloudKeyOf(image)),
    holdersOf: (image, id) => images.byIndex('glanceID', `${cloudKeyOf(image)}/${id}`),
    uploadOf: (image) => gateway?.urlOf(image),
    usersOf,
  })
  const cloudController = control('cloud', cloudKind, clouds, Math.min(options.resyncSeconds, 60))
  const imageController = control('image', imageKind, images, options.resyncSeconds)
  const controllers = [cloudController, imageController]
  const synchronizer = new ImageSynchronizer({
    ...{ client, clouds, images, registry, ownership: shards, logger, usersOf },
    queue: metrics.queue('image-synchronizer'),
    workers: options.workers,
  })

  const ends = [
    wakeOn(
      { images, clouds, registry, transfers },
      {
        object: (key) => imageController.enqueue(key),
        glanceImage: (cloudKey, id) => synchronizer.enqueue(cloudKey, id),
        cloud: (cloudKey) => {
          cloudController.enqueue(cloudKey)
          synchronizer.enqueueCloud(cloudKey)
        },
      },
    ),
    registry.subscribe((cloudKey) => cloudController.enqueue(cloudKey)),
    images.subscribe(({ type, object }) => {
      if (type === 'Deleted') cloudController.enqueue(cloudKeyOf(object))
    }),
  ]
  const health = new HealthServer({
    metrics,
    ready: { caches: () => (images.hasSynced && clouds.hasSynced ? undefined : 'the caches are not complete yet') },
  })
  await health.listen(options.metricsAddress.port, options.metricsAddress.host)

  const caches = new AbortController()
  const background = [
    images.run(caches.signal),
    clouds.run(caches.signal),
    synced(signal).then(async (complete) => {
      const alive = new Set(images.list().map(({ metadata }) => metadata.uid))
      if (complete) await uploads.sweep((uid) => alive.has(uid))
    }),
  ]
  const running = [...controllers.map((controller) => controller.run(work.signal)), synchronizer.run(work.signal)]
  logger.info({ shards: options.shards, identity: options.identity }, 'the operator is running')
  try {
    await shards.run(signal)
  } finally {
    work.abort()
    const late = AbortSignal.timeout(STOP_MS)
    await Promise.race([Promise.all(running), new Promise((resolve) => late.addEventListener('abort', resolve))])
    for (const end of ends) end()
    await gateway?.close()
    connector.close()
    caches.abort()
    await Promise.all(background)
    await events.stop()
    await health.close()
    logger.info({}, 'the operator has stopped')
  }
}
