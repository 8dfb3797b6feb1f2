import { API_VERSION, IMAGE, SYNCHRONIZED_LABEL } from '../../api/v1alpha1/names.ts'
import type { Cloud, Image } from '../../api/v1alpha1/objects.ts'
import { asFailure } from '../../pkg/failure/failure.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import type { Ownership } from '../../pkg/kube/controller.ts'
import { KubeError } from '../../pkg/kube/errors.ts'
import type { Informer } from '../../pkg/kube/informer.ts'
import { LinkedSignal } from '../../pkg/kube/linked-signal.ts'
import type { Logger } from '../../pkg/kube/log.ts'
import type { WorkQueue } from '../../pkg/kube/queue.ts'
import { type ManagedFields, type ResourceType, splitKey } from '../../pkg/kube/resource.ts'
import { Workers } from '../../pkg/kube/workers.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import { readMark } from '../../pkg/openstack/mark.ts'
import { decide, type SynchronizationStep } from './decide.ts'
import { objectNameFor } from './name.ts'
import { touchedByUser } from './touched.ts'

export interface SynchronizerOptions {
  client: KubeClient
  clouds: Informer<Cloud>
  images: Informer<Image>
  registry: CloudRegistry
  ownership: Ownership
  queue: WorkQueue
  logger: Logger
  workers: number
  /** Names of objects that need the image. */
  usersOf(image: Image): readonly string[]
}

const FIELD_MANAGER = 'auxo-image-synchronizer'
/** Managers of the operator's own; fields of anybody else are a user's. */
const OUR_MANAGERS = [FIELD_MANAGER, 'auxo-image']
const imageType: ResourceType<Image> = IMAGE

/**
 * Makes an Image object for what is in a cloud and nobody's object holds, and takes it away with the image. Works per
 * Glance image: the queue's keys are `namespace/cloud/image-id`.
 */
export class ImageSynchronizer {
  readonly #options: SynchronizerOptions
  readonly #workers: Workers

  constructor(options: SynchronizerOptions) {
    this.#options = options
    this.#workers = new Workers(options.queue, options.workers, (key, signal) => this.#once(key, signal))
  }

  /** Looks at one image of a cloud. */
  enqueue(cloudKey: string, imageID: string): void {
    if (this.#options.ownership.owns(splitKey(cloudKey).namespace)) {
      this.#options.queue.add(`${cloudKey}/${imageID}`, { priority: 'Resync' })
    }
  }

  /** Looks at everything that a cloud has, or that objects think it has. */
  enqueueCloud(cloudKey: string): void {
    const { registry, images } = this.#options
    for (const { id } of registry.get(cloudKey)?.imageInventory.all() ?? []) this.enqueue(cloudKey, id)
    for (const object of images.byIndex('cloud', cloudKey)) {
      const id = object.spec.source.existing?.id
      if (id !== undefined) this.enqueue(cloudKey, id)
    }
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#workers.run(signal)
  }

  /** Resolves when no image of such a namespace is being looked at. */
  async drained(concerns: (namespace: string) => boolean): Promise<void> {
    await this.#workers.drained(concerns)
  }

  async #once(key: string, signal: AbortSignal): Promise<void> {
    const { queue, logger } = this.#options
    try {
      await this.#synchronize(key, signal)
      queue.forget(key)
    } catch (error) {
      if (signal.aborted) return
      const failure = asFailure(error)
      // An object that changed meanwhile is the rule, not a trouble.
      const conflict = failure.class === 'Conflict'
      logger[conflict ? 'debug' : 'warn'](
        { controller: 'image-synchronizer', key, code: failure.code },
        failure.message,
      )
      queue.backoff(key, { baseMs: conflict ? 100 : 1_000, maxMs: 300_000 })
    }
  }

  async #synchronize(key: string, signal: AbortSignal): Promise<void> {
    const { registry, clouds, ownership } = this.#options
    const [namespace = '', cloudName = '', imageID = ''] = key.split('/')
    const cloudKey = `${namespace}/${cloudName}`
    const connected = registry.get(cloudKey)
    const cloud = clouds.get(cloudKey)
    if (connected === undefined || cloud === undefined || !connected.imageInventory.synced) return
    if (!ownership.owns(namespace)) return
    const image = connected.imageInventory.get(imageID)
    const step = decide({
      policy: cloud.spec.synchronize?.images?.policy ?? 'None',
      cloudName,
      projectID: connected.projectID,
      image,
      holders: this.#holders(cloudKey, imageID, image, connected),
    })
    using scope = new LinkedSignal([signal, ownership.signal(namespace)])
    await this.#act(step, { namespace, cloudName, image, imageID, connected }, scope.signal)
  }

  /** Objects that hold the image: by id, by our mark, or because it is the only one of the name that they look for. */
  #holders(cloudKey: string, imageID: string, image: GlanceImage | undefined, connected: ConnectedCloud): Image[] {
    const { images } = this.#options
    const holders = new Set(images.byIndex('glanceID', `${cloudKey}/${imageID}`))
    if (image === undefined) return [...holders]
    const { namespace } = splitKey(cloudKey)
    const prefix = `${connected.ownerID}/${namespace}/`
    const mark = readMark(image)
    const marked = mark?.startsWith(prefix) ? images.get(`${namespace}/${mark.slice(prefix.length)}`) : undefined
    if (marked !== undefined) holders.add(marked)
    if (connected.imageInventory.byIndex('name', image.name ?? '').length === 1) {
      for (const object of images.byIndex('wantedName', `${cloudKey}/${image.name}`)) {
        if (object.status?.id === undefined) holders.add(object)
      }
    }
    return [...holders]
  }

  async #act(
    step: SynchronizationStep,
    at: {
      namespace: string
      cloudName: string
      image: GlanceImage | undefined
      imageID: string
      connected: ConnectedCloud
    },
    signal: AbortSignal,
  ): Promise<void> {
    if (step.type === 'Make' && at.image !== undefined) await this.#make(at.namespace, at.cloudName, at.image, signal)
    if (step.type !== 'Withdraw') return
    // Before an object goes because its image is gone, Glance itself must say so once more.
    if (step.because === 'Gone' && (await at.connected.images.get(at.imageID, { signal })) !== undefined) return
    await this.#withdraw(step.object, signal)
  }

  async #make(namespace: string, cloudName: string, image: GlanceImage, signal: AbortSignal): Promise<void> {
    const fields = (name: string) => ({
      apiVersion: API_VERSION,
      kind: IMAGE.kind,
      metadata: { namespace, name, labels: { [SYNCHRONIZED_LABEL]: cloudName } },
      spec: { cloudRef: { name: cloudName }, source: { type: 'Existing' as const, existing: { id: image.id } } },
    })
    const options = { fieldManager: FIELD_MANAGER, signal }
    const { client, images } = this.#options
    try {
      images.observed(await client.apply(imageType, fields(objectNameFor(image)), options))
    } catch (error) {
      // Somebody has an object of that name for something else: the full id cannot clash.
      if (!(error instanceof KubeError) || (error.class !== 'Conflict' && error.class !== 'InvalidSpec')) throw error
      images.observed(await client.apply(imageType, fields(objectNameFor(image, 'Full')), options))
    }
  }

  /** Deletes an object of ours in the very version that was found untouched and unused. */
  async #withdraw(object: Image, signal: AbortSignal): Promise<void> {
    const { client, usersOf } = this.#options
    const live = await client.get(imageType, object.metadata, { signal })
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) return
    const managed = (live.metadata as { managedFields?: ManagedFields[] }).managedFields ?? []
    if (touchedByUser(managed, OUR_MANAGERS) || usersOf(live).length > 0) return
    const { uid, resourceVersion } = live.metadata
    await client.delete(imageType, live.metadata, { uid, resourceVersion, signal })
  }
}
