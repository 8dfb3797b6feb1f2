import { PAUSED_ANNOTATION } from '../api/v1alpha1/names.ts'
import { KubeClient } from '../pkg/kube/client.ts'
import { loadConnection } from '../pkg/kube/connection.ts'
import { Controller } from '../pkg/kube/controller.ts'
import { EventRecorder } from '../pkg/kube/events.ts'
import type { Informer } from '../pkg/kube/informer.ts'
import type { Kind, StatusObject, Step } from '../pkg/kube/kind.ts'
import type { Logger } from '../pkg/kube/log.ts'
import { Metrics } from '../pkg/kube/metrics.ts'
import { splitKey } from '../pkg/kube/resource.ts'
import { Shards } from '../pkg/kube/shards.ts'
import { AddressPolicy } from '../pkg/net/address-policy.ts'
import { CloudRegistry } from '../pkg/openstack/cloud-registry.ts'
import type { Found, FoundObject } from '../pkg/synchronize/found.ts'
import { Synchronizer } from '../pkg/synchronize/synchronizer.ts'
import { Spool } from '../pkg/transfer/spool.ts'
import { Transfers } from '../pkg/transfer/transfers.ts'
import { Uploads } from '../pkg/transfer/uploads.ts'
import { ImageUploads } from './image/uploads-directory.ts'
import { allSynced, createInformers, type Informers } from './informers.ts'
import type { OperatorOptions } from './options.ts'
import { startUploadService, type UploadService } from './upload-service.ts'

/** Something that works on objects until its signal is aborted. */
export interface Worker {
  run(signal: AbortSignal): Promise<void>
  /** Resolves when nothing is under way for such namespaces. */
  drained(concerns: (namespace: string) => boolean): Promise<void>
}

/** What all kinds share. Made once; only the upload address is open, nothing else runs yet. */
export interface Runtime {
  readonly options: OperatorOptions
  readonly logger: Logger
  readonly metrics: Metrics
  readonly client: KubeClient
  readonly events: EventRecorder
  readonly informers: Informers
  /** Waits until every cache is complete; false when the signal was aborted first. */
  synced(signal: AbortSignal): Promise<boolean>
  readonly registry: CloudRegistry
  readonly addresses: AddressPolicy
  readonly transfers: Transfers
  readonly uploads: Uploads
  readonly uploadService: UploadService | undefined
  readonly shards: Shards
  /** What works; each kind adds its own when it is registered. */
  readonly workers: Worker[]
  /** Undone at the end: subscriptions, connections. */
  readonly ends: (() => void)[]
  /** A controller of a kind, with everything that is the same for all; it is one of `workers` then. */
  control<O extends StatusObject, Observed, S extends Step>(
    name: string,
    kind: Kind<O, Observed, S>,
    informer: Informer<O>,
    settings?: { resyncSeconds?: number },
  ): Controller<O, Observed, S>
  /** What makes objects of one kind for things that are found in clouds; it is one of `workers` then. */
  synchronize<O extends FoundObject, Item>(found: Found<O, Item>): Synchronizer<O, Item>
}

/** Connects to the API server and makes what all kinds share. */
export async function createRuntime(options: OperatorOptions, logger: Logger): Promise<Runtime> {
  const metrics = new Metrics()
  const connection = await loadConnection({ kubeconfig: options.kubeconfig })
  const client = new KubeClient({ connection, onExchange: metrics.exchange })
  const events = new EventRecorder({ client, controller: 'vdi.auxo.dev/auxo', instance: options.identity, logger })
  const informers = createInformers({ client, namespaces: options.watchNamespaces, logger })
  const synced = (signal: AbortSignal) => allSynced(informers, signal)
  const spool = options.spoolDir === undefined ? undefined : await Spool.open({ directory: options.spoolDir })
  const uploads = new Uploads({ spool })
  const workers: Worker[] = []
  const uploadService = await startUploadService(options, {
    directory: new ImageUploads(client, informers.images, uploads),
    // The shards are told this service's address, so they come after it.
    shards: { owns: (namespace) => shards.owns(namespace), addressOf: (namespace) => shards.addressOf(namespace) },
    logger,
  })
  const shards = makeShards(
    { options, logger, client, metrics, workers, uploads },
    options.advertiseUrl ?? uploadService?.address,
  )
  const registry = new CloudRegistry()
  return {
    ...{
      options,
      logger,
      metrics,
      client,
      events,
      informers,
      synced,
      uploads,
      uploadService,
      shards,
      workers,
      registry,
    },
    addresses: new AddressPolicy({ allow: options.allowAddresses, deny: options.denyAddresses }),
    transfers: new Transfers({ concurrency: options.transfers }),
    ends: [],
    control(name, kind, informer, { resyncSeconds = options.resyncSeconds } = {}) {
      const controller = new Controller({
        ...{ name, kind, client, informer, events, logger, synced, resyncSeconds },
        ownership: shards,
        queue: metrics.queue(name),
        metrics: metrics.controller(name),
        workers: options.workers,
        pausedAnnotation: PAUSED_ANNOTATION,
      })
      workers.push(controller)
      return controller
    },
    synchronize(found) {
      const synchronizer = new Synchronizer({
        ...{ client, clouds: informers.clouds, registry, logger, found },
        ownership: shards,
        queue: metrics.queue(found.name),
        workers: options.workers,
      })
      workers.push(synchronizer)
      return synchronizer
    },
  }
}

function makeShards(
  {
    options,
    logger,
    client,
    metrics,
    workers,
    uploads,
  }: Pick<Runtime, 'options' | 'logger' | 'client' | 'metrics' | 'workers' | 'uploads'>,
  address: string | undefined,
): Shards {
  const shards: Shards = new Shards({
    client,
    logger,
    namespace: options.leaseNamespace,
    identity: options.identity,
    shards: options.shards,
    ...(address === undefined ? {} : { address }),
    drained: async (shard) => {
      const concerns = (namespace: string) => shards.shardOf(namespace) === shard
      await Promise.all(workers.map((worker) => worker.drained(concerns)))
      // After the workers, who open uploads: the next owner may open their files, where replicas share a spool.
      await uploads.release((key) => concerns(splitKey(key).namespace))
    },
    onHeld: (lease, held) => metrics.lease(lease, held),
  })
  return shards
}
