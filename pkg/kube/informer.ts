import type { Failure } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import { InformerScope } from './informer-scope.ts'
import { type Logger, silentLogger } from './log.ts'
import { Reflector } from './reflector.ts'
import type { KubeObject, ResourceType } from './resource.ts'
import { type IndexFunction, ObjectStore } from './store.ts'

/** A change in the cache. `previous` is what the cache held before. */
export type InformerEvent<O> =
  /** `initial`: it was there when the informer began to look; nobody need have changed it. */
  | { type: 'Added'; object: O; previous: undefined; initial: boolean }
  | { type: 'Updated'; object: O; previous: O; initial: false }
  /** `object` is its last known state. */
  | { type: 'Deleted'; object: O; previous: O; initial: false }

export interface InformerOptions<O extends KubeObject> {
  client: KubeClient
  type: ResourceType<O>
  /** One stream for each; left out or empty: one stream for all namespaces. */
  namespaces?: readonly string[] | undefined
  labelSelector?: string
  fieldSelector?: string
  indexes?: Record<string, IndexFunction<O>>
  logger?: Logger
  /** A stream without a byte for this long is given up (default 90; the API server's bookmarks come every 60). */
  silenceSeconds?: number
  /** Pause before a stream is opened again: doubles from base to max with each failure in a row. */
  backoff?: { baseMs: number; maxMs: number }
  /** Objects in a page, where an older API server has no WatchList. */
  pageSize?: number
}

/**
 * A copy of one resource in memory that follows the API server. Objects are shared: never change one.
 * An object never goes back to an older version, whatever the order in which a stream and our own writes tell of it.
 */
export class Informer<O extends KubeObject> {
  readonly #synced = Promise.withResolvers<void>()
  readonly type: ResourceType<O>
  readonly #store: ObjectStore<O>
  readonly #logger: Logger
  readonly #subscribers = new Set<(event: InformerEvent<O>) => void>()
  readonly #streams: { scope: InformerScope<O>; reflector: Reflector<O> }[]

  constructor(options: InformerOptions<O>) {
    const { client, type, namespaces, labelSelector, fieldSelector, indexes, logger = silentLogger } = options
    this.type = type
    this.#logger = logger
    this.#store = new ObjectStore(indexes)
    const scopes = namespaces === undefined || namespaces.length === 0 ? [undefined] : [...new Set(namespaces)]
    this.#streams = scopes.map((namespace) => {
      const scope = new InformerScope<O>({
        namespace,
        store: this.#store,
        publish: (event) => this.#publish(event),
        onComplete: () => {
          if (this.hasSynced) this.#synced.resolve()
        },
      })
      const reflector = new Reflector({
        client,
        type,
        namespace,
        labelSelector,
        fieldSelector,
        sink: scope,
        logger,
        silenceSeconds: options.silenceSeconds ?? 90,
        backoff: options.backoff ?? { baseMs: 500, maxMs: 15_000 },
        pageSize: options.pageSize ?? 500,
      })
      return { scope, reflector }
    })
  }

  /** Follows the API server until the signal is aborted. Call once, after subscribing. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#streams.map(({ reflector }) => reflector.run(signal)))
  }

  /** Waits until everything that exists was seen once, in every namespace. False when the signal was aborted first. */
  async synced(signal?: AbortSignal): Promise<boolean> {
    if (signal === undefined) return await this.#synced.promise.then(() => true)
    const aborted = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => aborted.resolve(), { once: true })
    if (signal.aborted) aborted.resolve()
    await Promise.race([this.#synced.promise, aborted.promise])
    return this.hasSynced
  }

  get hasSynced(): boolean {
    return this.#streams.every(({ scope }) => scope.hasCompleted)
  }

  /** Why some stream does not hear from the API server now; the cache then grows old. Undefined when all is well. */
  get failure(): Failure | undefined {
    return this.#streams.map(({ reflector }) => reflector.failure).find((failure) => failure !== undefined)
  }

  get size(): number {
    return this.#store.size
  }

  get(key: string): O | undefined {
    return this.#store.get(key)
  }

  list(): O[] {
    return [...this.#store.values()]
  }

  /** The objects for which the index function named so returned `value`. */
  byIndex(name: string, value: string): O[] {
    return this.#store.byIndex(name, value)
  }

  /** Hears every change from now on; what is thrown is logged. Returns what ends it. */
  subscribe(subscriber: (event: InformerEvent<O>) => void): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /**
   * The answer to a write of our own: from now on `get` returns it or something newer. Subscribers hear of it here and
   * not again when the stream brings the same version.
   */
  observed(object: O): void {
    const { namespace } = object.metadata
    const stream = this.#streams.find(({ scope }) => scope.namespace === undefined || scope.namespace === namespace)
    stream?.scope.observed(object)
  }

  #publish(event: InformerEvent<O>): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(event)
      } catch (error) {
        const { namespace, name } = event.object.metadata
        this.#logger.error(
          { resource: this.type.plural, namespace, name, err: error },
          'a subscriber of the informer failed',
        )
      }
    }
  }
}
