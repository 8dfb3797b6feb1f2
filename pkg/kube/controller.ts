import { asFailure, type Failure } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import type { EventRecorder } from './events.ts'
import type { Informer, InformerEvent } from './informer.ts'
import type { Kind, StatusObject, Step } from './kind.ts'
import type { Priority } from './lanes.ts'
import { LinkedSignal } from './linked-signal.ts'
import { type Logger, logFailure } from './log.ts'
import type { ControllerMetrics, ReconcileResult } from './metrics.ts'
import { OwnWrites } from './own-writes.ts'
import type { WorkQueue } from './queue.ts'
import { Reconciler } from './reconciler.ts'
import { Requeue } from './requeue.ts'
import { keyOf, splitKey } from './resource.ts'
import { isUsersChange } from './users-change.ts'
import { Workers } from './workers.ts'

/** Which namespaces are this replica's to work on; `Shards` is one. */
export interface Ownership {
  owns(namespace: string): boolean
  /** Aborted before another replica may own the namespace. */
  signal(namespace: string): AbortSignal
  subscribe(listener: (change: { gained: number[]; lost: number[] }) => void): () => void
}

export interface ControllerOptions<O extends StatusObject, Observed, S extends Step> {
  /** Lower case name in metrics and logs: `image`. */
  name: string
  kind: Kind<O, Observed, S>
  client: KubeClient
  informer: Informer<O>
  queue: WorkQueue
  ownership: Ownership
  events: EventRecorder
  metrics: ControllerMetrics
  logger: Logger
  /** Reconciles at the same time. */
  workers: number
  /** Waits until every cache that the kind reads is complete; false when the signal was aborted first. */
  synced: (signal: AbortSignal) => Promise<boolean>
  /** Seconds between two looks at an object that nothing else woke; spread by ±20 %. */
  resyncSeconds: number
  /** Annotation that pauses an object while it is `"true"`. */
  pausedAnnotation: string
  /** Time of day for conditions. */
  today?: () => Date
  /** Spread of the resync, [0, 1). */
  random?: () => number
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number
}

/**
 * The reconcile loop of one kind: takes keys from the queue, has their objects reconciled, and decides by what came of
 * it when to look again. Hears of changes and wakes the objects that they concern.
 */
export class Controller<O extends StatusObject, Observed, S extends Step> {
  readonly #options: ControllerOptions<O, Observed, S>
  readonly #writes: OwnWrites<O>
  readonly #reconciler: Reconciler<O, Observed, S>
  readonly #workers: Workers
  readonly #requeue: Requeue

  constructor(options: ControllerOptions<O, Observed, S>) {
    const { today = () => new Date(), random = Math.random, now = () => performance.now() } = options
    this.#options = options
    this.#writes = new OwnWrites(options.informer, now)
    const fieldManager = `auxo-${options.name}`
    this.#reconciler = new Reconciler({ ...options, writes: this.#writes, fieldManager, today })
    this.#workers = new Workers(options.queue, options.workers, (key, signal) => this.#once(key, signal))
    this.#requeue = new Requeue(options.queue, options.resyncSeconds, random)
  }

  /** Asks for a look at an object, if it is this replica's. */
  enqueue(key: string, priority: Priority = 'Operation'): void {
    if (this.#options.ownership.owns(splitKey(key).namespace)) this.#options.queue.add(key, { priority })
  }

  /** Works until the signal is aborted; returns when the last reconcile has ended. Call it before the informer runs. */
  async run(signal: AbortSignal): Promise<void> {
    const { informer, ownership, workers, metrics, synced } = this.#options
    metrics.maxConcurrent(workers)
    const unsubscribe = [
      informer.subscribe((event) => this.#changed(event)),
      ownership.subscribe(() => this.#ownershipChanged()),
    ]
    if (await synced(signal)) await this.#workers.run(signal)
    for (const stop of unsubscribe) stop()
  }

  /** Resolves when no reconcile of such a namespace is under way. */
  async drained(concerns: (namespace: string) => boolean): Promise<void> {
    await this.#workers.drained(concerns)
  }

  #changed(event: InformerEvent<O>): void {
    if (this.#writes.has(event.object)) return
    const key = keyOf(event.object)
    if (event.type === 'Deleted') this.#options.kind.forget?.(key)
    if (event.initial) this.enqueue(key, 'Start')
    else this.enqueue(key, isUsersChange(event) ? 'User' : 'Operation')
  }

  #ownershipChanged(): void {
    const { informer, kind, ownership, queue } = this.#options
    for (const object of informer.list()) {
      const key = keyOf(object)
      if (ownership.owns(splitKey(key).namespace)) this.enqueue(key, 'Start')
      else {
        kind.forget?.(key)
        queue.remove(key)
      }
    }
  }

  async #once(key: string, signal: AbortSignal): Promise<void> {
    const shard = this.#options.ownership.signal(splitKey(key).namespace)
    const end = this.#options.metrics.started()
    using linked = new LinkedSignal([signal, shard])
    try {
      end(shard.aborted ? 'success' : await this.#reconcile(key, linked.signal))
    } catch (error) {
      // Work that was broken off because it is another replica's now, or the process stops, is not a failure.
      end(signal.aborted || shard.aborted ? 'success' : this.#failed(key, asFailure(error)))
    }
  }

  /** One reconcile, from the object as the cache has it to its status and the next look. */
  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { informer, kind, queue } = this.#options
    const object = informer.get(key)
    if (object === undefined) {
      kind.forget?.(key)
      queue.forget(key)
      return 'success'
    }
    const outcome = await this.#reconciler.reconcile(object, { signal, logger: this.#loggerFor(key) })
    return outcome === undefined ? 'success' : this.#requeue.after(key, outcome)
  }

  /** The reconcile itself broke off: the API server failed, the object changed meanwhile, or a defect. */
  #failed(key: string, failure: Failure): ReconcileResult {
    logFailure(this.#loggerFor(key), failure, 'reconcile')
    return this.#requeue.afterFailure(
      key,
      failure.class === 'InvalidSpec' || failure.class === 'Auth' ? unexpected(failure) : failure,
    )
  }

  #loggerFor(key: string): Logger {
    const { namespace, name } = splitKey(key)
    return this.#options.logger.child({
      controller: this.#options.name,
      namespace,
      name,
      reconcileID: crypto.randomUUID(),
    })
  }
}

/** A refusal by our own API server is nobody's spec: it is tried again as a defect is. */
function unexpected(failure: Failure): Failure {
  return asFailure(new Error(failure.message, { cause: failure }))
}
