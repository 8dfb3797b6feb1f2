import type { Informer } from './informer.ts'
import { type KubeObject, keyOf } from './resource.ts'

/** Versions of objects that this controller wrote, and when: they are known, and no reason to look again. */
export class OwnWrites<O extends KubeObject> {
  readonly #informer: Pick<Informer<O>, 'get' | 'observed'>
  readonly #now: () => number
  readonly #written = new WeakMap<O, number>()

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(informer: Pick<Informer<O>, 'get' | 'observed'>, now: () => number) {
    this.#informer = informer
    this.#now = now
  }

  /** Puts the answer to a write into the cache. Returns it. */
  wrote(object: O): O {
    // What was not different was not written again.
    this.#mark(object)
    this.#informer.observed(object)
    // The stream may have brought the same version before the answer came.
    const cached = this.#informer.get(keyOf(object))
    if (cached?.metadata.resourceVersion === object.metadata.resourceVersion) this.#mark(cached)
    return object
  }

  has(object: O): boolean {
    return this.#written.has(object)
  }

  /** Milliseconds since the version was written; undefined where it is somebody else's. */
  age(object: O): number | undefined {
    const at = this.#written.get(object)
    return at === undefined ? undefined : this.#now() - at
  }

  #mark(object: O | undefined): void {
    if (object !== undefined && !this.#written.has(object)) this.#written.set(object, this.#now())
  }
}
