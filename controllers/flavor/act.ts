import type { Flavor } from '../../api/v1alpha1/objects.ts'
import type { Farewell } from '../../pkg/cloud-objects/farewell.ts'
import { lookAt } from '../../pkg/cloud-objects/refresh.ts'
import { settle } from '../../pkg/cloud-objects/waits.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudKeyOf, connectedCloud } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import { readFlavorMark } from '../../pkg/openstack/mark.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import type { ObservedInCloud } from './observed.ts'
import type { Create, FlavorStep, SetAccess, SetExtraSpecs } from './steps.ts'
import { nameInNova, newFlavor } from './wanted.ts'

/** What acting needs. */
export interface ActTools {
  registry: CloudRegistry
  farewell: Farewell
}

/** Carries out one step on one object. Each effect can be repeated: the id is chosen by us. */
export class FlavorAct {
  readonly #flavor: Flavor
  readonly #observed: ObservedInCloud
  readonly #farewell: Farewell
  readonly #cloud: ConnectedCloud
  readonly #signal: AbortSignal

  constructor(flavor: Flavor, observed: ObservedInCloud, { registry, farewell }: ActTools, signal: AbortSignal) {
    this.#flavor = flavor
    this.#observed = observed
    this.#farewell = farewell
    this.#cloud = connectedCloud(registry, cloudKeyOf(flavor))
    this.#signal = signal
  }

  async carryOut(step: FlavorStep): Promise<Outcome> {
    switch (step.type) {
      case 'AwaitCloud':
      case 'Stall':
      case 'Await':
      case 'Rest':
        return settle(step, this.#key, this.#cloud.flavorInventory)
      case 'Create':
        return await this.#create(step)
      case 'SetExtraSpecs':
        return await this.#setExtraSpecs(step)
      case 'SetAccess':
        return await this.#setAccess(step)
      case 'Delete':
        return await this.#delete(step.id)
      case 'ProveAbsence':
        if ((await this.#look(this.#observed.ownID)) === undefined) this.#farewell.absent(this.#key)
        return { type: 'Done' }
      case 'AwaitLateRequest':
        this.#cloud.flavorInventory.hurry(this.#key)
        return { type: 'Waiting', afterSeconds: step.milliseconds / 1000 }
    }
  }

  get #key(): string {
    return keyOf(this.#flavor)
  }

  /** A 409 is no surprise: the request of a process that was killed may have arrived. Otherwise the name is taken. */
  async #create({ id }: Create): Promise<Outcome> {
    const { flavors, flavorInventory } = this.#cloud
    try {
      const made = await flavors.create(newFlavor(this.#flavor, id, this.#observed.mark), { signal: this.#signal })
      flavorInventory.observed(made)
      return done('Created', 'Create', `made flavor ${id} in Nova`)
    } catch (error) {
      if (!(error instanceof OpenStackError)) throw error
      if (error.class === 'Unavailable') this.#farewell.lost(this.#key)
      if (error.code !== 'FlavorExists') throw error
    }
    if ((await this.#look(id)) !== undefined) return { type: 'Done' }
    await flavorInventory.refresh({ full: true })
    const name = nameInNova(this.#flavor)
    if (flavorInventory.byIndex('name', name).length > 0) return { type: 'Done' }
    const message = `a flavor that the credential cannot see is called "${name}"; make a new Flavor with another flavorName`
    throw new OpenStackError(message, { class: 'InvalidSpec', code: 'NameTaken', service: 'compute' })
  }

  async #setExtraSpecs({ id, set, remove }: SetExtraSpecs): Promise<Outcome> {
    const { flavors } = this.#cloud
    return await this.#change(id, `extra specs ${[...Object.keys(set), ...remove].join(', ')}`, async (options) => {
      if (Object.keys(set).length > 0) await flavors.setExtraSpecs(id, set, options)
      for (const key of remove) await flavors.removeExtraSpec(id, key, options)
    })
  }

  async #setAccess({ id, add, remove }: SetAccess): Promise<Outcome> {
    const { flavors } = this.#cloud
    return await this.#change(id, `access of ${[...add, ...remove].join(', ')}`, async (options) => {
      for (const project of add) await flavors.addAccess(id, project, options)
      for (const project of remove) await flavors.removeAccess(id, project, options)
    })
  }

  /** Changes a flavor and looks at it again, also where it is gone. */
  async #change(id: string, what: string, work: (options: { signal: AbortSignal }) => Promise<void>): Promise<Outcome> {
    try {
      await work({ signal: this.#signal })
    } catch (error) {
      if (!(error instanceof OpenStackError) || error.class !== 'NotFound') throw error
    }
    const live = await this.#look(id)
    return live === undefined ? { type: 'Done' } : done('Updated', 'Update', `changed ${what} of flavor ${id} in Nova`)
  }

  /** Looks at the live flavor first: only what is provably this object's is ever deleted. */
  async #delete(id: string): Promise<Outcome> {
    const live = await this.#look(id)
    const mark = live && readFlavorMark(live)
    if (mark !== undefined && mark !== this.#observed.mark) {
      const message = `flavor ${id} in Nova carries the mark ${mark}, not ${this.#observed.mark}; it is left alone`
      throw new OpenStackError(message, { class: 'Refused', code: 'NotOurs', service: 'compute' })
    }
    if (live !== undefined) await this.#cloud.flavors.remove(id, { signal: this.#signal })
    this.#cloud.flavorInventory.observedGone(id)
    this.#farewell.absent(this.#key)
    return done('Deleted', 'Delete', `deleted flavor ${id} in Nova`)
  }

  async #look(id: string): Promise<NovaFlavor | undefined> {
    const { flavors, flavorInventory } = this.#cloud
    return await lookAt(id, (known) => flavors.get(known, { signal: this.#signal }), flavorInventory)
  }
}
