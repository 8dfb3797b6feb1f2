import type { InformerEvent } from './informer.ts'
import type { ReflectorSink } from './reflector.ts'
import { type KubeObject, keyOf } from './resource.ts'
import { compareVersions } from './resource-version.ts'
import type { ObjectStore } from './store.ts'

/**
 * The part of an informer's cache that one stream feeds: one namespace, or all. Here it is decided what a change is:
 * objects only ever become newer, and what is missing from a complete list is gone.
 */
export class InformerScope<O extends KubeObject> implements ReflectorSink<O> {
  readonly namespace: string | undefined
  hasCompleted = false
  readonly #store: ObjectStore<O>
  readonly #publish: (event: InformerEvent<O>) => void
  readonly #onComplete: () => void
  /** Keys seen since the last start, until it is complete. */
  #seen: Set<string> | undefined
  /** All changes up to this version are in the cache; undefined while starting. */
  #reached: string | undefined

  constructor(options: {
    namespace: string | undefined
    store: ObjectStore<O>
    publish: (event: InformerEvent<O>) => void
    onComplete: () => void
  }) {
    this.namespace = options.namespace
    this.#store = options.store
    this.#publish = options.publish
    this.#onComplete = options.onComplete
  }

  restarted(): void {
    this.#seen = new Set()
    this.#reached = undefined
  }

  seen(object: O): void {
    this.#seen?.add(keyOf(object))
    this.#put(object)
  }

  gone(object: O): void {
    this.#seen?.delete(keyOf(object))
    this.#remove(keyOf(object), object.metadata.resourceVersion, object)
  }

  complete(resourceVersion: string): void {
    for (const object of [...this.#store.values()]) {
      const mine = this.namespace === undefined || object.metadata.namespace === this.namespace
      if (mine && !this.#seen?.has(keyOf(object))) this.#remove(keyOf(object), resourceVersion, object)
    }
    this.#seen = undefined
    this.hasCompleted = true
    this.#onComplete()
  }

  reached(resourceVersion: string): void {
    this.#reached = resourceVersion
  }

  observed(object: O): void {
    const unknown = this.#store.get(keyOf(object)) === undefined
    // The stream has passed this version and the object is not there: it was deleted since.
    const passed = this.#reached !== undefined && compareVersions(object.metadata.resourceVersion, this.#reached) <= 0
    if (!(unknown && passed)) this.#put(object)
  }

  #put(object: O): void {
    const previous = this.#store.get(keyOf(object))
    if (previous && compareVersions(object.metadata.resourceVersion, previous.metadata.resourceVersion) <= 0) return
    this.#store.put(object)
    if (previous === undefined) this.#publish({ type: 'Added', object, previous, initial: !this.hasCompleted })
    else this.#publish({ type: 'Updated', object, previous, initial: false })
  }

  #remove(key: string, version: string | undefined, object: O): void {
    const previous = this.#store.get(key)
    // A newer one of the same name may be known from our own write already.
    if (previous === undefined || compareVersions(previous.metadata.resourceVersion, version) > 0) return
    this.#store.remove(key)
    this.#publish({ type: 'Deleted', object, previous, initial: false })
  }
}
