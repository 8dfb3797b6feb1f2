import { PAUSED_ANNOTATION } from '../../api/v1alpha1/names.ts'
import { fieldsOf } from '../../pkg/kube/applied.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import type { StatusObject } from '../../pkg/kube/kind.ts'
import type { Condition, ResourceType } from '../../pkg/kube/resource.ts'
import { eventually } from '../support/eventually.ts'

/** What a user does with the objects of one kind in one namespace, and how a test waits for them. */
export class KindObjects<O extends StatusObject> {
  readonly #client: KubeClient
  readonly #type: ResourceType<O>
  readonly #namespace: string
  readonly #patienceMs: () => number

  /** `patienceMs`: for how long something is waited for. */
  constructor(client: KubeClient, type: ResourceType<O>, namespace: string, patienceMs: () => number) {
    this.#client = client
    this.#type = type
    this.#namespace = namespace
    this.#patienceMs = patienceMs
  }

  /** Server-side apply; what an earlier call set and this one leaves out is removed. */
  async apply(name: string, spec: O['spec'], annotations?: Record<string, string>): Promise<O> {
    const metadata = { ...this.#named(name), ...(annotations && { annotations }) }
    const fields = fieldsOf<O>({ metadata, spec })
    return await this.#client.apply(this.#type, fields, { fieldManager: 'test', force: true })
  }

  async annotate(name: string, annotations: Record<string, string | null>): Promise<void> {
    await this.#client.patch(this.#type, this.#named(name), { metadata: { annotations } })
  }

  async get(name: string): Promise<O | undefined> {
    return await this.#client.get(this.#type, this.#named(name))
  }

  async list(): Promise<O[]> {
    return (await this.#client.list(this.#type, { namespace: this.#namespace })).items
  }

  async delete(name: string): Promise<void> {
    await this.#client.delete(this.#type, this.#named(name))
  }

  /** Everything that the operator wrote down is lost, as after a restore of objects without status. */
  async wipeStatus(name: string): Promise<void> {
    await this.#client.patch(this.#type, this.#named(name), { status: null }, { subresource: 'status' })
  }

  /** The object is lost without a farewell, as a cluster is; paused, so that nobody takes it for new meanwhile. */
  async vanish(name: string): Promise<void> {
    const metadata = { finalizers: null, annotations: { [PAUSED_ANNOTATION]: 'true' } }
    await this.#client.patch(this.#type, this.#named(name), { metadata })
    await this.delete(name)
  }

  /** Deletes it, and waits until it is gone. */
  async remove(name: string): Promise<void> {
    await this.delete(name)
    await this.gone(name)
  }

  async gone(name: string): Promise<void> {
    await this.#until(name, `${name} is gone`, async () => (await this.get(name)) === undefined)
  }

  /** Waits until the object, as it is wanted now, is `Ready`. */
  async ready(name: string): Promise<O> {
    return await this.when(name, (object) => {
      const condition = conditionOf(object, 'Ready')
      return condition?.status === 'True' && condition.observedGeneration === object.metadata.generation
    })
  }

  /** Waits until `Ready` has that reason for the object as it is wanted now. Returns the condition. */
  async reason(name: string, reason: string): Promise<Condition> {
    const probe = (seen: O) => {
      const condition = conditionOf(seen, 'Ready')
      return condition?.reason === reason && condition.observedGeneration === seen.metadata.generation
    }
    const object = await this.when(name, probe, `${name} has the reason ${reason}`)
    return conditionOf(object, 'Ready') as Condition
  }

  async when(name: string, probe: (object: O) => boolean, what = `${name} is as awaited`): Promise<O> {
    return await this.#until(name, what, async () => {
      const object = await this.get(name)
      return object !== undefined && probe(object) ? object : undefined
    })
  }

  async #until<T>(name: string, what: string, probe: () => Promise<T>) {
    try {
      return await eventually(what, probe, { timeoutMs: this.#patienceMs() })
    } catch (error) {
      // What it was instead is what whoever reads the failure wants to know.
      const seen = await this.get(name)
      throw new Error(`${what}: ${JSON.stringify(seen?.status, null, 1)}`, { cause: error })
    }
  }

  #named(name: string): { namespace: string; name: string } {
    return { namespace: this.#namespace, name }
  }
}
