import type { Cloud, Flavor } from '../../../api/v1alpha1/objects.ts'
import { Farewell } from '../../../pkg/cloud-objects/farewell.ts'
import { readinessConditions } from '../../../pkg/kube/conditions.ts'
import type { Outcome, Report } from '../../../pkg/kube/kind.ts'
import { silentLogger } from '../../../pkg/kube/log.ts'
import { CloudRegistry } from '../../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../../pkg/openstack/errors.ts'
import type { NewFlavor } from '../../../pkg/openstack/flavor-service.ts'
import type { NovaFlavor } from '../../../pkg/openstack/nova-flavor.ts'
import { FlavorKind } from '../flavor-kind.ts'
import type { FlavorDecision } from '../steps.ts'

/** A flavor with everything that a test does not care about. */
export function novaFlavor(fields: Partial<NovaFlavor> & { id: string }): NovaFlavor {
  return {
    ...{ name: fields.id, vcpus: 1, ram: 1024, disk: 0, ephemeral: 0, swap: 0, rxtx_factor: 1 },
    ...{ is_public: true, disabled: false, extra_specs: {} },
    ...fields,
  }
}

/** What became of an object that was worked on until nothing more was to be done. */
export interface Ending {
  step: FlavorDecision
  outcome: Outcome
  report: Report<Flavor> | undefined
}

/** One Flavor object and a Nova, small enough for thousands of runs: the kind's real verbs, and Nova's rules. */
export class World {
  readonly nova = new Map<string, NovaFlavor>()
  /** By id of the flavor: projects that may use it. */
  readonly access = new Map<string, Set<string>>()
  /** Every id that was deleted here. */
  readonly deleted: string[] = []
  /** Milliseconds of the process's clock. */
  now = 0
  /** The request that a killed process left on its way to Nova. */
  late: NewFlavor | undefined
  flavor: Flavor
  readonly #cloud: Cloud
  #kind: FlavorKind
  #fresh: boolean

  constructor(flavor: Flavor) {
    this.flavor = flavor
    this.#cloud = {
      metadata: { name: 'vdi', namespace: flavor.metadata.namespace },
      spec: { ownerID: 'acme', credentials: { secretRef: { name: 's' }, cloudName: 'c' } },
    }
    this.#fresh = flavor.metadata.deletionTimestamp === undefined && flavor.status === undefined
    this.#kind = this.#makeKind()
  }

  /** The process died: what was only in its memory is gone; what was written, and Nova, stay. */
  crash(): void {
    this.#fresh = false
    this.#kind = this.#makeKind()
  }

  /** The late request reaches Nova. */
  arrive(): void {
    const { late } = this
    this.late = undefined
    if (late !== undefined && !this.#refuses(late)) this.#make(late)
  }

  /** Takes one step as the loop does. Returns an ending where the loop would stop. */
  async step(): Promise<Ending | undefined> {
    const context = { signal: new AbortController().signal, logger: silentLogger, fresh: this.#fresh }
    const observed = await this.#kind.observe(this.flavor, context)
    const step = this.#kind.plan(this.flavor, observed)
    if (step.type === 'ReleaseFinalizer') return { step, outcome: { type: 'Settled' }, report: undefined }
    const intent = this.#kind.intent(step, this.flavor)
    if (intent) this.flavor = { ...this.flavor, status: { ...this.flavor.status, ...intent } }
    const outcome = await this.#kind.act(step, this.flavor, observed, context)
    if (outcome.type === 'Done') return undefined
    const report = this.#kind.report(this.flavor, observed, step, outcome)
    if (report) this.#write(report)
    return { step, outcome, report }
  }

  /** Works until the object rests, is released, stalls, or waits for something that this world never does. */
  async settle(mostSteps = 60): Promise<Ending> {
    for (let taken = 0; taken < mostSteps; taken++) {
      const ending = await this.step()
      if (ending === undefined) continue
      if (ending.step.type !== 'AwaitLateRequest') return ending
      this.now += ending.step.milliseconds
      this.arrive()
    }
    throw new Error(`not settled after ${mostSteps} steps`)
  }

  #write({ readiness, status }: Report<Flavor>): void {
    const conditions = readinessConditions(readiness).map((condition) => ({
      ...condition,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }))
    this.flavor = { ...this.flavor, status: { ...status, conditions } }
  }

  #makeKind(): FlavorKind {
    const registry = new CloudRegistry()
    registry.connect(`${this.flavor.metadata.namespace}/vdi`, {
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
      holdersOf: () => [this.flavor],
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
