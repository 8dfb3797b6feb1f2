import type { KeyPair } from '../../api/v1alpha1/objects.ts'
import type { Farewell } from '../../pkg/cloud-objects/farewell.ts'
import { settle } from '../../pkg/cloud-objects/waits.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudKeyOf, connectedCloud } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import type { NovaKeyPair } from '../../pkg/openstack/nova-key-pair.ts'
import type { ObservedInCloud } from './observed.ts'
import { isSameKey, nameInNova, newKeyPair } from './public-key.ts'
import type { KeyPairStep } from './steps.ts'

/** What acting needs. */
export interface ActTools {
  registry: CloudRegistry
  farewell: Farewell
  made: Set<string>
}

/** Carries out one step on one object. Each effect can be repeated: a user has one key pair of a name. */
export class KeyPairAct {
  readonly #object: KeyPair
  readonly #tools: ActTools
  readonly #cloud: ConnectedCloud
  readonly #options: { user: string | undefined; signal: AbortSignal }

  constructor(object: KeyPair, { userID }: ObservedInCloud, tools: ActTools, signal: AbortSignal) {
    this.#object = object
    this.#tools = tools
    this.#cloud = connectedCloud(tools.registry, cloudKeyOf(object))
    this.#options = { user: userID === this.#cloud.userID ? undefined : userID, signal }
  }

  async carryOut(step: KeyPairStep): Promise<Outcome> {
    switch (step.type) {
      case 'AwaitCloud':
      case 'Stall':
      case 'Await':
      case 'Rest':
        return settle(step, this.#key, this.#cloud.keyPairInventories.of())
      case 'Create':
        return await this.#create()
      case 'Delete':
        return await this.#delete()
      case 'ProveAbsence':
        if ((await this.#look()) === undefined) this.#tools.farewell.absent(this.#key)
        return { type: 'Done' }
      case 'AwaitLateRequest':
        this.#cloud.keyPairInventories.of().hurry(this.#key)
        return { type: 'Waiting', afterSeconds: step.milliseconds / 1000 }
    }
  }

  get #key(): string {
    return keyOf(this.#object)
  }

  get #name(): string {
    return nameInNova(this.#object)
  }

  /** A 409 is no surprise: the request of a process that was killed may have arrived, or somebody else was faster. */
  async #create(): Promise<Outcome> {
    try {
      const pair = await this.#cloud.keyPairs.create(newKeyPair(this.#object), this.#options)
      this.#tools.made.add(this.#key)
      this.#observed(pair)
      return done('Created', 'Create', `made key pair ${this.#name} in Nova`)
    } catch (error) {
      if (!(error instanceof OpenStackError)) throw error
      const { farewell } = this.#tools
      if (error.class === 'Unavailable') farewell.lost(this.#key)
      if (error.code !== 'KeyPairExists') throw error
    }
    await this.#look()
    return { type: 'Done' }
  }

  /** Looks at the live pair first: one with another key is not ours. */
  async #delete(): Promise<Outcome> {
    const live = await this.#look()
    if (live !== undefined && !isSameKey(live, newKeyPair(this.#object))) return { type: 'Done' }
    if (live !== undefined) await this.#cloud.keyPairs.remove(this.#name, this.#options)
    this.#observed(undefined)
    this.#tools.farewell.absent(this.#key)
    return done('Deleted', 'Delete', `deleted key pair ${this.#name} in Nova`)
  }

  async #look(): Promise<NovaKeyPair | undefined> {
    const live = await this.#cloud.keyPairs.get(this.#name, this.#options)
    this.#observed(live)
    return live
  }

  /** The inventory is that of our own user. */
  #observed(pair: NovaKeyPair | undefined): void {
    if (this.#options.user !== undefined) return
    const own = this.#cloud.keyPairInventories.of()
    if (pair === undefined) own.observedGone(this.#name)
    else own.observed(pair)
  }
}
