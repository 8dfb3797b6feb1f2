import type { Cloud, Desktop, DesktopTemplate } from '../../../api/v1alpha1/objects.ts'
import { DEATH, type Ending, SmallLoop } from '../../../pkg/kube/testing/small-loop.ts'
import { CloudLookups } from '../../../pkg/openstack/cloud-lookups.ts'
import { CloudRegistry } from '../../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../../pkg/openstack/errors.ts'
import { LostAnswer } from '../../../pkg/openstack/lost-answer.ts'
import type { NewServer } from '../../../pkg/openstack/new-server.ts'
import type { NovaFlavor } from '../../../pkg/openstack/nova-flavor.ts'
import type { NovaServer } from '../../../pkg/openstack/nova-server.ts'
import { DesktopKind } from '../desktop-kind.ts'
import { DesktopMemory } from '../memory.ts'
import type { Observed } from '../observed.ts'
import type { PowerAction } from '../power.ts'
import type { DesktopStep } from '../steps.ts'
import { SmallAttachments } from './small-attachments.ts'

export const projectID = 'project-1'
const TIMEOUT_MS = 60_000

/** A server with everything that a test does not care about. */
export function novaServer(fields: Partial<NovaServer> & { id: string }): NovaServer {
  return {
    ...{ name: fields.id, status: 'ACTIVE', vm_state: 'active', power_state: 1, tenant_id: projectID, user_id: 'u' },
    flavor: { original_name: 'f', vcpus: 2, ram: 4096, disk: 40, ephemeral: 0, swap: 0 },
    ...{ metadata: {}, tags: [], addresses: [], locked: false, security_groups: [], volumes_attached: [] },
    ...{ created: '2026-01-01T00:00:00Z', updated: '2026-01-01T00:00:00Z' },
    ...fields,
  }
}

/** A lost answer is no reason to stop. */
const ATTACHING: ReadonlySet<string> = new Set(['AttachVolume', 'DetachVolume'])

/** How a request for a server ends. */
export type Fate = 'Answered' | 'LostBefore' | 'LostAfter' | 'DiesBefore' | 'DiesAfter' | 'Refused'

const states: Readonly<Record<PowerAction, Pick<NovaServer, 'status' | 'vm_state'>>> = {
  start: { status: 'ACTIVE', vm_state: 'active' },
  unpause: { status: 'ACTIVE', vm_state: 'active' },
  resume: { status: 'ACTIVE', vm_state: 'active' },
  unshelve: { status: 'ACTIVE', vm_state: 'active' },
  stop: { status: 'SHUTOFF', vm_state: 'stopped' },
  pause: { status: 'PAUSED', vm_state: 'paused' },
  suspend: { status: 'SUSPENDED', vm_state: 'suspended' },
  shelve: { status: 'SHELVED', vm_state: 'shelved' },
}

/**
 * One Desktop object and a Nova, small enough for thousands of runs: the kind's real verbs, and a cloud that keeps
 * Nova's rules (ids that nobody chooses, tags that are seen at once, locks that keep members out).
 */
export class World extends SmallLoop<Desktop, Observed, DesktopStep> {
  readonly servers = new Map<string, NovaServer>()
  readonly flavors = new Map<string, NovaFlavor>()
  /** Every id that was deleted here. */
  readonly deleted: string[] = []
  readonly attachments = new SmallAttachments(this.servers, (id, fields) => this.#change(id, fields))
  /** Server groups that servers were made in. */
  readonly groups: string[] = []
  /** How the next requests for servers end; then they are answered. */
  readonly fates: Fate[] = []
  /** Requests that died with their process and may arrive before the request timeout is over. */
  #late: NewServer[] = []
  requests = 0
  now = 1_700_000_000_000

  protected goesOn({ step, outcome }: Ending<Desktop, DesktopStep>, last: string | undefined): boolean {
    if (this.#moveOn()) return true
    if (step.type === 'AwaitAnswer' || (outcome.type === 'Failed' && step.type === 'Launch')) {
      this.now += TIMEOUT_MS / 2
      this.#arrive()
      return true
    }
    if (outcome.type === 'Failed' && ATTACHING.has(step.type)) return true
    // What is still on its way arrives at the latest now: nobody may have acted on its absence.
    return (outcome.type === 'Waiting' && last !== step.type) || this.#arrive()
  }

  /** Builds end. */
  #moveOn(): boolean {
    const building = [...this.servers.values()].filter(({ status }) => status === 'BUILD')
    for (const server of building) this.servers.set(server.id, { ...server, status: 'ACTIVE', vm_state: 'active' })
    return building.length > 0
  }

  #arrive(): boolean {
    const late = this.#late.splice(0)
    for (const request of late) this.#make(request)
    return late.length > 0
  }

  #make({ name, flavorRef, metadata, tags, group, security_groups = ['default'] }: NewServer): NovaServer {
    if (group !== undefined) this.groups.push(group)
    const flavor = this.flavors.get(flavorRef)
    const made = novaServer({
      id: `server-${this.servers.size + this.deleted.length + 1}`,
      ...{ name, status: 'BUILD', vm_state: 'building', metadata: { ...metadata }, tags: [...tags] },
      security_groups: [...security_groups],
      ...(flavor && {
        flavor: { ...flavor, original_name: flavor.name },
      }),
    })
    this.servers.set(made.id, made)
    return made
  }

  protected makeKind(): DesktopKind {
    const registry = new CloudRegistry()
    const { namespace } = this.object.metadata
    registry.connect(`${namespace}/vdi`, {
      ...{ ownerID: 'acme', projectID },
      session: { requestTimeoutMs: TIMEOUT_MS },
      health: { state: 'Ready', subscribe: () => () => undefined },
      imageInventory: { get: () => undefined },
      servers: this.#servers(),
      serverActions: this.#actions(),
      locks: { actions: this.#locks(), advisory: true },
      flavors: this.#flavorService(),
      networks: this.#networks(),
      lookups: this.#lookups(),
      volumes: this.attachments.volumes,
      volumeAttachments: this.attachments.service,
      serverInventory: inventoryOver(this.servers, {
        mark: ({ metadata }) => metadata['auxo_mark'],
        name: ({ name }) => name,
      }),
      flavorInventory: inventoryOver(this.flavors, {
        mark: ({ description }) => description?.replace('auxo_mark=', ''),
      }),
    } as unknown as Parameters<CloudRegistry['connect']>[1])
    const cloud = { metadata: { name: 'vdi', namespace }, spec: { ownerID: 'acme' } } as Cloud
    return new DesktopKind({
      registry,
      memory: new DesktopMemory(() => this.now),
      client: {},
      cloudOf: () => cloud,
      holdersOf: () => [this.object],
      resizesOf: () => [],
      neighbours: { template: () => template },
    } as unknown as ConstructorParameters<typeof DesktopKind>[0])
  }

  #servers() {
    return {
      get: async (id: string) => this.servers.get(id),
      findByTag: async (tag: string) => [...this.servers.values()].filter(({ tags }) => tags.includes(tag)),
      create: async (request: NewServer) => {
        this.requests++
        const fate = this.fates.shift() ?? 'Answered'
        if (fate === 'Refused') throw new OpenStackError('no room', { class: 'Quota', code: 'QuotaExceeded' })
        if (fate === 'LostBefore') throw this.#lost()
        if (fate === 'DiesBefore') {
          this.#late.push(request)
          throw DEATH
        }
        const { id } = this.#make(request)
        if (fate === 'LostAfter') throw this.#lost()
        if (fate === 'DiesAfter') throw DEATH
        return { id, requestId: 'req-1' }
      },
      remove: async (id: string) => {
        this.servers.delete(id)
        this.deleted.push(id)
      },
      update: async (id: string, fields: Partial<NovaServer>) => this.#change(id, fields),
      setMetadata: async (id: string, values: Record<string, string>) =>
        this.#change(id, { metadata: { ...this.servers.get(id)?.metadata, ...values } }),
      removeMetadata: async (id: string, key: string) => {
        const { [key]: _, ...metadata } = this.servers.get(id)?.metadata ?? {}
        this.#change(id, { metadata })
      },
      addSecurityGroup: async (id: string, name: string) =>
        this.#change(id, { security_groups: [...(this.servers.get(id)?.security_groups ?? []), name] }),
      removeSecurityGroup: async (id: string, name: string) =>
        this.#change(id, {
          security_groups: this.servers.get(id)?.security_groups.filter((one) => one !== name) ?? [],
        }),
    }
  }

  #actions() {
    const act = (action: PowerAction) => [action, async (id: string) => this.#change(id, states[action])] as const
    return Object.fromEntries((Object.keys(states) as PowerAction[]).map(act))
  }

  #locks() {
    return {
      lock: async (id: string, reason: string | undefined) => {
        const server = this.servers.get(id)
        if (server) this.servers.set(id, { ...server, locked: true, ...(reason && { locked_reason: reason }) })
      },
      unlock: async (id: string) => {
        const { locked_reason: _, ...server } = this.servers.get(id) ?? novaServer({ id })
        this.servers.set(id, { ...server, locked: false })
      },
    }
  }

  /** A change by a member: a lock keeps it out. */
  #change(id: string, fields: Partial<NovaServer>): void {
    const server = this.servers.get(id)
    if (server === undefined) throw new OpenStackError('no such server', { class: 'NotFound', code: 'ServerNotFound' })
    if (server.locked) throw new OpenStackError('it is locked', { class: 'Refused', code: 'ServerLocked' })
    this.servers.set(id, { ...server, ...fields })
  }

  #flavorService() {
    return {
      get: async (id: string) => this.flavors.get(id),
      create: async (flavor: NovaFlavor) => {
        if (this.flavors.has(flavor.id)) {
          throw new OpenStackError('there is one', { class: 'Conflict', code: 'FlavorExists' })
        }
        this.flavors.set(flavor.id, flavor)
        return flavor
      },
      remove: async (id: string) => void this.flavors.delete(id),
    }
  }

  #networks() {
    return {
      networks: async () => [{ id: 'network-1', name: 'desktops' }],
      securityGroups: async (_project: string, names: readonly string[]) => names.map((name) => ({ name })),
      floatingIPs: async () => [],
    }
  }

  #lookups(): CloudLookups {
    const serverGroups = { list: async () => [{ id: 'group-1', name: 'apart' }] }
    const services = { networks: this.#networks(), serverGroups }
    return new CloudLookups(services as never, projectID, { now: () => this.now })
  }

  #lost(): LostAnswer {
    const cause = new OpenStackError('reset', { class: 'Unavailable', code: 'ConnectionReset' })
    return new LostAnswer(cause, this.now, TIMEOUT_MS)
  }
}

const template = {
  metadata: { name: 'office', namespace: 'desktops', uid: 'template-uid', generation: 1 },
  spec: { networks: [{ name: 'nic0', network: { name: 'desktops' } }], securityGroups: ['default'] },
  status: { imageID: 'image-1', flavorID: 'flavor-1', cpus: 2, memory: '4Gi', disk: '40Gi' },
} as DesktopTemplate

function inventoryOver<T>(items: Map<string, T>, indexes: Record<string, (item: T) => string | undefined>) {
  return {
    synced: true,
    get: (id: string) => items.get(id),
    all: () => [...items.values()],
    byIndex: (index: string, value: string) => [...items.values()].filter((item) => indexes[index]?.(item) === value),
    observed: () => undefined,
    observedGone: () => undefined,
    hurry: () => undefined,
    rest: () => undefined,
    need: () => undefined,
    release: () => undefined,
    refresh: async () => undefined,
  }
}
