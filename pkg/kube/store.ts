import { type KubeObject, keyOf } from './resource.ts'

/** The values under which an object is found in one index; none: it is not in that index. */
export type IndexFunction<O> = (object: O) => readonly string[]

/** Objects by key and by the values of indexes. Knows nothing of versions or streams. */
export class ObjectStore<O extends KubeObject> {
  readonly #objects = new Map<string, O>()
  readonly #indexes: { name: string; valuesOf: IndexFunction<O>; keys: Map<string, Set<string>> }[]

  constructor(indexes: Record<string, IndexFunction<O>> = {}) {
    this.#indexes = Object.entries(indexes).map(([name, valuesOf]) => ({ name, valuesOf, keys: new Map() }))
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): O | undefined {
    return this.#objects.get(key)
  }

  values(): IterableIterator<O> {
    return this.#objects.values()
  }

  put(object: O): void {
    const key = keyOf(object)
    this.#unindex(key)
    this.#objects.set(key, object)
    for (const { valuesOf, keys } of this.#indexes) {
      for (const value of valuesOf(object)) {
        const known = keys.get(value)
        if (known === undefined) keys.set(value, new Set([key]))
        else known.add(key)
      }
    }
  }

  remove(key: string): void {
    this.#unindex(key)
    this.#objects.delete(key)
  }

  byIndex(name: string, value: string): O[] {
    const index = this.#indexes.find((candidate) => candidate.name === name)
    if (index === undefined) throw new Error(`there is no index ${name}`)
    const found: O[] = []
    for (const key of index.keys.get(value) ?? []) {
      const object = this.#objects.get(key)
      if (object !== undefined) found.push(object)
    }
    return found
  }

  #unindex(key: string): void {
    const object = this.#objects.get(key)
    if (object === undefined) return
    for (const { valuesOf, keys } of this.#indexes) {
      for (const value of valuesOf(object)) {
        const known = keys.get(value)
        known?.delete(key)
        if (known?.size === 0) keys.delete(value)
      }
    }
  }
}
