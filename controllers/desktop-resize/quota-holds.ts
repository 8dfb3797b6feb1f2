import type { DesktopResize, ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { writeHolds } from '../../pkg/cloud-objects/quota-holds.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import type { Informer } from '../../pkg/kube/informer.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import type { QuotaSet } from '../../pkg/openstack/quota-set.ts'
import { InOrder } from './in-order.ts'
import type { ObservedInCloud, Size } from './observed.ts'
import type { Hold } from './steps.ts'

type Held = NonNullable<NonNullable<ProjectQuota['status']>['holds']>[number]

/**
 * What unfinished resizes keep free for themselves. Holds are read first, Nova's count after them, and written only if
 * the ProjectQuota is still the one that was read: a hold that is given back is counted by Nova by then, so nothing is
 * ever given twice.
 */
export class QuotaHolds {
  readonly #client: KubeClient
  readonly #quotas: Informer<ProjectQuota>
  /** Changes of one quota go one after the other: they would only refuse each other. */
  readonly #order = new InOrder()
  /** By project without a ProjectQuota: whose turn it is. What was before a restart, status tells. */
  readonly #turns = new Map<string, string>()

  constructor(client: KubeClient, quotas: Informer<ProjectQuota>) {
    this.#client = client
    this.#quotas = quotas
  }

  /** Keeps what the step says. Throws `QuotaExceeded` (Quota) where there is no room for what grows. */
  async hold(
    { size, growth }: Hold,
    resize: DesktopResize,
    { quota }: ObservedInCloud,
    cloud: ConnectedCloud,
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace, name, uid = '' } = resize.metadata
    if (quota.type === 'Unmanaged') return await this.#takeTurn(resize, quota.busy, growth, cloud, signal)
    await this.#change(`${namespace}/${quota.name}`, async (holds) => {
      const others = holds.filter((hold) => hold.uid !== uid)
      const mine = holds.find((hold) => hold.uid === uid)
      if (grows(mine, size)) checkRoom(await usage(cloud, signal), sum(others), growth)
      return [...others, { uid, resize: name, ...size }]
    })
  }

  async release({ metadata }: DesktopResize, { quota }: ObservedInCloud): Promise<void> {
    if (quota.type === 'Unmanaged') {
      for (const [project, uid] of this.#turns) if (uid === metadata.uid) this.#turns.delete(project)
      return
    }
    await this.#change(`${metadata.namespace}/${quota.name}`, async (holds) =>
      holds.filter(({ uid }) => uid !== metadata.uid),
    )
  }

  /** Without a ProjectQuota resizes of a project go one after the other, and Nova's own limits are looked at before. */
  async #takeTurn(
    { metadata: { uid = '' } }: DesktopResize,
    busy: boolean,
    size: Size,
    cloud: ConnectedCloud,
    signal: AbortSignal,
  ): Promise<void> {
    const holder = this.#turns.get(cloud.projectID) ?? uid
    if (busy || holder !== uid) {
      const message = 'another resize of the project is at work; without a ProjectQuota they go one after the other'
      throw new OpenStackError(message, { class: 'Quota', code: 'QuotaExceeded', service: 'compute' })
    }
    this.#turns.set(cloud.projectID, uid)
    try {
      checkRoom(await usage(cloud, signal), { cpus: 0, memoryMiB: 0 }, size)
    } catch (error) {
      this.#turns.delete(cloud.projectID)
      throw error
    }
  }

  async #change(key: string, change: (holds: readonly Held[]) => Promise<Held[]>): Promise<void> {
    await this.#order.run(key, async () => {
      const quota = this.#quotas.get(key)
      if (quota === undefined) return
      const holds = await change(quota.status?.holds ?? [])
      await writeHolds(this.#client, this.#quotas, quota, holds)
    })
  }
}

/** The one that counts for a project of a cloud: the oldest whose project is known to be that one. */
export function quotaFor(quotas: readonly ProjectQuota[], projectID: string): ProjectQuota | undefined {
  return quotas
    .filter(({ status, metadata }) => status?.project?.id === projectID && metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => {
      const age = (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
      return age || keyOf(a).localeCompare(keyOf(b))
    })[0]
}

async function usage(cloud: ConnectedCloud, signal: AbortSignal): Promise<QuotaSet> {
  return await cloud.computeQuotas.get(cloud.projectID, { signal })
}

function grows(before: Size | undefined, { cpus, memoryMiB }: Size): boolean {
  return cpus > (before?.cpus ?? 0) || memoryMiB > (before?.memoryMiB ?? 0)
}

function sum(holds: readonly Size[]): Size {
  return holds.reduce(
    (total, { cpus, memoryMiB }) => ({ cpus: total.cpus + cpus, memoryMiB: total.memoryMiB + memoryMiB }),
    { cpus: 0, memoryMiB: 0 },
  )
}

function checkRoom(quotas: QuotaSet, held: Size, size: Size): void {
  const lacking = [
    shortage('CPUs', quotas['cores'], held.cpus, size.cpus),
    shortage('MiB of memory', quotas['ram'], held.memoryMiB, size.memoryMiB),
  ].filter((one) => one !== undefined)
  if (lacking.length === 0) return
  const message = `the project has no room: ${lacking.join('; ')}; waiting for room`
  throw new OpenStackError(message, { class: 'Quota', code: 'QuotaExceeded', service: 'compute' })
}

function shortage(what: string, quota: QuotaSet[string] | undefined, held: number, wanted: number): string | undefined {
  if (quota === undefined || quota.limit < 0 || wanted === 0) return undefined
  const left = quota.limit - quota.in_use - held
  return wanted <= left ? undefined : `${wanted} ${what} are needed, ${Math.max(0, left)} of ${quota.limit} are left`
}
