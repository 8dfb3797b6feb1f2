import type { Cloud, Flavor } from '../../../api/v1alpha1/objects.ts'
import { Farewell } from '../../../pkg/cloud-objects/farewell.ts'
import { type Ending, SmallLoop } from '../../../pkg/kube/testing/small-loop.ts'
import { CloudRegistry } from '../../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../../pkg/openstack/errors.ts'
import type { NewFlavor } from '../../../pkg/openstack/flavor-service.ts'
import type { NovaFlavor } from '../../../pkg/openstack/nova-flavor.ts'
import { FlavorKind } from '../flavor-kind.ts'
import type { Observed } from '../observed.ts'
import type { FlavorStep } from '../steps.ts'

/** A flavor with everything that a test does not care about. */
export function novaFlavor(fields: Partial<NovaFlavor> & { id: string }): NovaFlavor {
  return {
    ...{ name: fields.id, vcpus: 1, ram: 1024, disk: 0, ephemeral: 0, swap: 0, rxtx_factor: 1 },
    ...{ is_public: true, disabled: false, extra_specs: {} },
    ...fields,
  }
}

/** One Flavor object and a Nova, small enough for thousands of runs: the kind's real verbs, and Nova's rules. */
export class World extends SmallLoop<Flavor, Observed, FlavorStep> {
  readonly nova = new Map<string, NovaFlavor>()
  /** By id of the flavor: projects that may use it. */
  readonly access = new Map<string, Set<string>>()
  /** Every id that was deleted here. */
  readonly deleted: string[] = []
  /** Milliseconds of the process's clock. */
  now = 0
  /** The request that a killed process left on its way to Nova. */
  late: NewFlavor | undefined
  readonly #cloud: Cloud

  constructor(flavor: Flavor) {
    super(flavor)
    this.#cloud = {
      metadata: { name: 'vdi', namespace: flavor.metadata.namespace },
      spec: { ownerID: 'acme', credentials: { secretRef: { name: 's' }, cloudName: 'c' } },
    }
  }

  /** The late request reaches Nova. */
  arrive(): void {
    const { late } = this
    this.late = undefined
    if (late !== undefined && !this.#refuses(late)) this.#make(late)
  }

  protected goesOn({ step }: Ending<Flavor, FlavorStep>): boolean {
    if (step.type !== 'AwaitLateRequest') return false
    this.now += step.milliseconds
    this.arrive()
    return true
  }

  protected makeKind(): FlavorKind {
    const registry = new CloudRegistry()
    registry.connect(`${this.object.metadata.namespace}/vdi`, {
      ownerID: 'acme',
      session: { requestTimeoutMs: 120_000 },
      flavors: this.#flavors(),
      flavorInventory: this.#inventory(),
      projects: {
        find: async ({ name }: { name: string }) => (name === 'nobody' ? undefined : { id: `id-of-${name}` }),
      },
      health: { state: 'Ready', subscribe: () => () => undefined },
    } as unknown as Parameters<CloudRegistry['connect']>[1])
    return new FlavorKind({
      registry,
      farewell: new Farewell(() => this.now),
      cloudOf: () => this.#cloud,
      holdersOf: () => [this.object],
      usersOf: () => [],
    })
  }

  #refuses({ id, name }: NewFlavor): boolean {
    return [...this.nova.values()].some((there) => there.id === id || there.name === name)
  }

  #make({ description, ...fields }: NewFlavor): NovaFlavor {
    const made = novaFlavor({ ...fields, ...(description === undefined ? {} : { description }) })
    this.nova.set(made.id, made)
    return made
  }

  #existing(id: string): NovaFlavor {
    const there = this.nova.get(id)
    if (there === undefined) throw new OpenStackError('no such flavor', { class: 'NotFound', code: 'FlavorNotFound' })
    return there
  }

  #flavors() {
    const change = (id: string, extra_specs: Record<string, string>) => {
      this.nova.set(id, { ...this.#existing(id), extra_specs })
    }
    return {
      get: async (id: string) => this.nova.get(id),
      create: async (flavor: NewFlavor) => {
        if (!this.#refuses(flavor)) return this.#make(flavor)
        throw new OpenStackError('there is one', { class: 'Conflict', code: 'FlavorExists' })
      },
      remove: async (id: string) => {
        this.deleted.push(id)
        return this.nova.delete(id) ? 'Removed' : 'Absent'
      },
      setExtraSpecs: async (id: string, specs: Record<string, string>) => {
        change(id, { ...this.#existing(id).extra_specs, ...specs })
      },
      removeExtraSpec: async (id: string, key: string) => {
        const { [key]: _, ...rest } = this.#existing(id).extra_specs ?? {}
        change(id, rest)
      },
      access: async (id: string) => [...(this.access.get(id) ?? [])],
      addAccess: async (id: string, project: string) => {
        this.access.set(id, new Set([...(this.access.get(id) ?? []), project]))
      },
      removeAccess: async (id: string, project: string) => this.access.get(id)?.delete(project),
    }
  }

  #inventory() {
    return {
      synced: true,
      get: (id: string) => this.nova.get(id),
      byIndex: (_: string, name: string) => [...this.nova.values()].filter((flavor) => flavor.name === name),
      observed: () => undefined,
      observedGone: () => undefined,
      need: () => undefined,
      release: () => undefined,
      hurry: () => undefined,
      rest: () => undefined,
      refresh: async () => undefined,
    }
  }
}
