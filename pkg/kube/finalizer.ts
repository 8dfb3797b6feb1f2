import { fieldsOf } from './applied.ts'
import type { KubeClient } from './client.ts'
import type { KubeObject, ResourceType } from './resource.ts'

/** Puts a finalizer on objects and takes it off again. */
export class Finalizer<O extends KubeObject> {
  readonly #client: KubeClient
  readonly #type: ResourceType<O>
  readonly #name: string
  readonly #fieldManager: string

  constructor(client: KubeClient, type: ResourceType<O>, name: string, fieldManager: string) {
    this.#client = client
    this.#type = type
    this.#name = name
    this.#fieldManager = fieldManager
  }

  isOn(object: O): boolean {
    return object.metadata.finalizers?.includes(this.#name) ?? false
  }

  /** The uid goes along, so that an object deleted meanwhile is not made again by this (409 instead). */
  async put(object: O): Promise<O> {
    const { namespace, name, uid } = object.metadata
    const fields = fieldsOf<O>({ metadata: { namespace, name, uid, finalizers: [this.#name] } })
    return await this.#client.apply(this.#type, fields, { fieldManager: this.#fieldManager })
  }

  /**
   * Takes it off, whoever put it there (a restored backup names another manager), in this very version of the object.
   */
  async remove(object: O): Promise<O> {
    const { namespace, name, resourceVersion, finalizers = [] } = object.metadata
    const rest = finalizers.filter((finalizer) => finalizer !== this.#name)
    const patch = { metadata: { resourceVersion, finalizers: rest } }
    return await this.#client.patch(this.#type, { namespace, name }, patch, { fieldManager: this.#fieldManager })
  }
}
