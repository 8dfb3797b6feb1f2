import type { Cloud, DesktopResize, ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { betterHolder } from '../../pkg/cloud-objects/holders.ts'
import { askedRefresh } from '../../pkg/cloud-objects/refresh.ts'
import { cloudAccess, cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { amountsOf } from './limits.ts'
import type { HoldEntry, Observed, ObservedInCloud } from './observed.ts'

/** What observation reads. */
export interface ObserveSources {
  registry: CloudRegistry
  cloudOf(quota: ProjectQuota): Cloud | undefined
  /** All ProjectQuotas of the same cloud, this one too. */
  othersOf(quota: ProjectQuota): ProjectQuota[]
  /** All resizes of the namespace. */
  resizesOf(quota: ProjectQuota): DesktopResize[]
  today(): Date
}

/** Quotas and projects are asked for live: there are few of them, and nothing tells when they change. */
const askedLive = { synced: true, state: { type: 'Current' } } as const

export async function observe(quota: ProjectQuota, sources: ObserveSources, signal: AbortSignal): Promise<Observed> {
  const access = cloudAccess(sources.registry, cloudKeyOf(quota), sources.cloudOf(quota), () => askedLive)
  if (access.state === 'Closed') return access
  const { cloud } = access
  const project = await projectOf(quota, cloud, signal)
  const amounts = project === undefined ? { limits: {}, used: {} } : await amountsOfProject(project.id, cloud, signal)
  const sameProject = sources.othersOf(quota).filter(({ status }) => status?.project?.id === project?.id)
  return {
    state: 'Ready',
    project,
    ...amounts,
    takenBy: project && betterHolder(quota, sameProject),
    holds: holdsOf(quota, sources.resizesOf(quota)),
    time: sources.today().toISOString(),
    refresh: askedRefresh(quota),
  }
}

/** Resolved once: neither the spec nor a project's id changes. Cinder would take any name. */
async function projectOf(
  { spec, status }: ProjectQuota,
  { projects }: ConnectedCloud,
  signal: AbortSignal,
): Promise<ObservedInCloud['project']> {
  const { project } = status ?? {}
  if (project !== undefined) return { id: project.id, name: project.name ?? project.id }
  const { id, name = '' } = spec.project
  const found = await projects.find(id === undefined ? { name } : { id }, { signal })
  return found && { id: found.id, name: found.name }
}

async function amountsOfProject(
  id: string,
  { computeQuotas, volumeQuotas, session }: ConnectedCloud,
  signal: AbortSignal,
): Promise<Pick<ObservedInCloud, 'limits' | 'used'>> {
  const [compute, volumes] = await Promise.all([
    computeQuotas.get(id, { signal }),
    (await session.has('block-storage', { signal })) ? volumeQuotas.get(id, { signal }) : {},
  ])
  return { limits: amountsOf(compute, volumes, 'limit'), used: amountsOf(compute, volumes, 'in_use') }
}

/** Holds are those of unfinished resizes; where the record was lost, from what these say of themselves. */
function holdsOf({ metadata, status }: ProjectQuota, resizes: readonly DesktopResize[]): HoldEntry[] {
  const unfinished = resizes.filter((resize) => resize.status?.outcome === undefined)
  const known = (status?.holds ?? []).filter(({ uid }) => unfinished.some((resize) => resize.metadata.uid === uid))
  const lost = unfinished.flatMap((resize): HoldEntry[] => {
    const { uid = '', name } = resize.metadata
    const { hold, steps = [] } = resize.status ?? {}
    const givenBack = steps.some((step) => step.name === 'ReleaseHold' && step.intentTime !== undefined)
    if (hold?.quota !== metadata.name || givenBack || known.some((one) => one.uid === uid)) return []
    return [{ uid, resize: name, cpus: hold.cpus, memoryMiB: hold.memoryMiB }]
  })
  return [...known, ...lost]
}
