import { API_VERSION, SYNCHRONIZED_LABEL } from '../../api/v1alpha1/names.ts'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import { asFailure } from '../failure/failure.ts'
import { fieldsOf } from '../kube/applied.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Ownership } from '../kube/controller.ts'
import { KubeError } from '../kube/errors.ts'
import type { Informer } from '../kube/informer.ts'
import { LinkedSignal } from '../kube/linked-signal.ts'
import type { Logger } from '../kube/log.ts'
import type { WorkQueue } from '../kube/queue.ts'
import { type ManagedFields, splitKey } from '../kube/resource.ts'
import { Workers } from '../kube/workers.ts'
import type { CloudRegistry } from '../openstack/cloud-registry.ts'
import type { InventoryReader } from '../openstack/inventory.ts'
import { decide } from './decide.ts'
import type { Found, FoundObject } from './found.ts'
import { objectNameFor } from './name.ts'
import { touchedByUser } from './touched.ts'

export interface SynchronizerOptions<O extends FoundObject, Item> {
  client: KubeClient
  clouds: Informer<Cloud>
  registry: CloudRegistry
  ownership: Ownership
  queue: WorkQueue
  logger: Logger
  workers: number
  found: Found<O, Item>
}

/**
 * Makes an object for what is in a cloud and nobody's object holds, and takes it away with the thing. Works per thing:
 * the queue's keys are `namespace/cloud/id`.
 */
export class Synchronizer<O extends FoundObject, Item> {
  readonly #options: SynchronizerOptions<O, Item>
  readonly #found: Found<O, Item>
  readonly #fieldManager: string
  readonly #workers: Workers

  constructor(options: SynchronizerOptions<O, Item>) {
    this.#options = options
    this.#found = options.found
    this.#fieldManager = `auxo-${options.found.name}`
    this.#workers = new Workers(options.queue, options.workers, (key, signal) => this.#once(key, signal))
  }

  /** Looks at one thing of a cloud. */
  enqueue(cloudKey: string, id: string): void {
    if (this.#options.ownership.owns(splitKey(cloudKey).namespace)) {
      this.#options.queue.add(`${cloudKey}/${id}`, { priority: 'Resync' })
    }
  }

  /** Looks at everything that a cloud has, or that objects think it has. */
  enqueueCloud(cloudKey: string): void {
    const cloud = this.#options.registry.get(cloudKey)
    const items = cloud === undefined ? [] : this.#found.inventoryOf(cloud).all()
    for (const item of items) this.enqueue(cloudKey, this.#found.view(item).id)
    for (const object of this.#found.objects.byIndex('cloud', cloudKey)) {
      const id = object.spec.source.existing?.id
      if (id !== undefined) this.enqueue(cloudKey, id)
    }
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#workers.run(signal)
  }

  /** Resolves when nothing of such a namespace is being looked at. */
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
      logger[conflict ? 'debug' : 'warn']({ controller: this.#found.name, key, code: failure.code }, failure.message)
      queue.backoff(key, { baseMs: conflict ? 100 : 1_000, maxMs: 300_000 })
    }
  }

  async #synchronize(key: string, signal: AbortSignal): Promise<void> {
    const { registry, clouds, ownership } = this.#options
    const [namespace = '', cloudName = '', id = ''] = key.split('/')
    const cloudKey = `${namespace}/${cloudName}`
    const connected = registry.get(cloudKey)
    const cloud = clouds.get(cloudKey)
    if (connected === undefined || cloud === undefined || !ownership.owns(namespace)) return
    const inventory = this.#found.inventoryOf(connected)
    if (!inventory.synced) return
    const item = inventory.get(id)
    const step = decide<O>({
      policy: this.#found.policyOf(cloud.spec),
      cloudName,
      projectID: connected.projectID,
      found: item === undefined ? undefined : this.#found.view(item),
      holders: this.#holders(cloudKey, id, item, connected.ownerID, inventory),
    })
    using scope = new LinkedSignal([signal, ownership.signal(namespace)])
    if (step.type === 'Make' && item !== undefined) await this.#make(namespace, cloudName, item, scope.signal)
    if (step.type !== 'Withdraw') return
    if (step.because === 'Gone' && (await this.#found.exists(connected, id, scope.signal))) return
    await this.#withdraw(step.object, scope.signal)
  }

  /** Objects that hold the thing: by id, by our mark, or because it is the only one of the name that they look for. */
  #holders(cloudKey: string, id: string, item: Item | undefined, ownerID: string, inventory: InventoryReader<Item>) {
    const { objects } = this.#found
    const holders = new Set(objects.byIndex('cloudID', `${cloudKey}/${id}`))
    if (item === undefined) return [...holders]
    const { mark, name = '' } = this.#found.view(item)
    const { namespace } = splitKey(cloudKey)
    const prefix = `${ownerID}/${namespace}/`
    const marked = mark?.startsWith(prefix) ? objects.get(`${namespace}/${mark.slice(prefix.length)}`) : undefined
    if (marked !== undefined) holders.add(marked)
    if (inventory.byIndex('name', name).length === 1) {
      for (const object of objects.byIndex('wantedName', `${cloudKey}/${name}`)) {
        if (object.status?.id === undefined) holders.add(object)
      }
    }
    return [...holders]
  }

  async #make(namespace: string, cloudName: string, item: Item, signal: AbortSignal): Promise<void> {
    const { type, objects, fallbackName } = this.#found
    const { id, name } = this.#found.view(item)
    const fields = (objectName: string) =>
      fieldsOf<O>({
        apiVersion: API_VERSION,
        kind: type.kind,
        metadata: { namespace, name: objectName, labels: { [SYNCHRONIZED_LABEL]: cloudName } },
        spec: { cloudRef: { name: cloudName }, source: { type: 'Existing', existing: { id } } },
      })
    const options = { fieldManager: this.#fieldManager, signal }
    const { client } = this.#options
    try {
      objects.observed(await client.apply(type, fields(objectNameFor({ id, name }, fallbackName)), options))
    } catch (error) {
      // Somebody has an object of that name for something else: the full id cannot clash.
      if (!(error instanceof KubeError) || (error.class !== 'Conflict' && error.class !== 'InvalidSpec')) throw error
      objects.observed(await client.apply(type, fields(objectNameFor({ id, name }, fallbackName, 'Full')), options))
    }
  }

  /** Deletes an object of ours in the very version that was found untouched and unused. */
  async #withdraw(object: O, signal: AbortSignal): Promise<void> {
    const { client } = this.#options
    const { type, ourManagers } = this.#found
    const live = await client.get(type, object.metadata, { signal })
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) return
    const managed = (live.metadata as { managedFields?: ManagedFields[] }).managedFields ?? []
    if (touchedByUser(managed, [this.#fieldManager, ...ourManagers]) || this.#found.inUse(live)) return
    const { uid, resourceVersion } = live.metadata
    await client.delete(type, live.metadata, { uid, resourceVersion, signal })
  }
}
