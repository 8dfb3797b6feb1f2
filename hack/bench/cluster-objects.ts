import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient } from '../../pkg/kube/client.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import { Informer } from '../../pkg/kube/informer.ts'
import type { StatusObject } from '../../pkg/kube/kind.ts'
import { keyOf, type ResourceType } from '../../pkg/kube/resource.ts'

/** The objects of one kind: what a bench does with them, and how it sees them. */
export class ClusterObjects<O extends StatusObject> {
  readonly #client: KubeClient
  readonly #type: ResourceType<O>
  readonly #informer: Informer<O>

  constructor(client: KubeClient, type: ResourceType<O>) {
    this.#client = client
    this.#type = type
    this.#informer = new Informer({ client, type })
  }

  /** Follows the objects until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#informer.run(signal)
  }

  async synced(signal: AbortSignal): Promise<void> {
    await this.#informer.synced(signal)
  }

  /** Creates objects, sixteen at a time, as an impatient user would. */
  async create(objects: readonly O[]): Promise<void> {
    const left = [...objects]
    const work = async () => {
      for (let object = left.shift(); object !== undefined; object = left.shift()) {
        await this.#client.create(this.#type, object)
      }
    }
    await Promise.all(Array.from({ length: 16 }, work))
  }

  /** Creates objects; the milliseconds until all of them are ready. */
  async createUntilReady(objects: readonly O[], signal: AbortSignal): Promise<number> {
    const keys = new Set(objects.map(keyOf))
    const begun = performance.now()
    const allReady = this.ready(objects.length, signal, (object) => keys.has(keyOf(object)))
    await this.create(objects)
    await allReady
    return performance.now() - begun
  }

  /** Resolves when an object is as wanted. */
  async until<T>(object: O, probe: (object: O) => T | undefined | false, signal: AbortSignal): Promise<T> {
    for (;;) {
      const seen = this.#informer.get(keyOf(object))
      const found = seen === undefined ? undefined : probe(seen)
      if (found !== undefined && found !== false) return found
      await sleep(10, undefined, { signal })
    }
  }

  /** Deletes objects; resolves when they are gone. */
  async remove(objects: readonly O[], signal: AbortSignal): Promise<void> {
    await Promise.all(objects.map(({ metadata }) => this.#client.delete(this.#type, metadata)))
    while (objects.some((object) => this.#informer.get(keyOf(object)) !== undefined)) {
      await sleep(20, undefined, { signal })
    }
  }

  /** Resolves when so many objects that the filter lets pass are ready. */
  async ready(count: number, signal: AbortSignal, filter: (object: O) => boolean = () => true): Promise<void> {
    const done = new Set<string>()
    const all = Promise.withResolvers<void>()
    const look = (object: O) => {
      if (!filter(object) || !isReady(object)) return
      done.add(object.metadata.uid ?? '')
      if (done.size >= count) all.resolve()
    }
    const end = this.#informer.subscribe(({ object }) => look(object))
    const abort = () => all.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      for (const object of this.#informer.list()) look(object)
      await all.promise
    } finally {
      end()
      signal.removeEventListener('abort', abort)
    }
  }
}

export function isReady(object: StatusObject): boolean {
  return conditionOf(object, 'Ready')?.status === 'True'
}
