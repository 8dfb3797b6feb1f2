import type { Cloud, Flavor } from '../../api/v1alpha1/objects.ts'
import type { Farewell } from '../../pkg/cloud-objects/farewell.ts'
import { betterHolder } from '../../pkg/cloud-objects/holders.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { askedRefresh, lookAt } from '../../pkg/cloud-objects/refresh.ts'
import type { ReconcileContext } from '../../pkg/kube/kind.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudAccess, cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { flavorIdFor, flavorMarkOf, markOf } from '../../pkg/openstack/mark.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import type { Observed, ObservedAccess } from './observed.ts'
import { nameInNova, wantedSize } from './wanted.ts'

/** What observation reads. */
export interface ObserveSources {
  registry: CloudRegistry
  cloudOf(flavor: Flavor): Cloud | undefined
  /** Flavor objects that hold this flavor of Nova. */
  holdersOf(flavor: Flavor, id: string): Flavor[]
  farewell: Farewell
  /** Objects that need the flavor, `Kind/name`. */
  usersOf(flavor: Flavor): readonly string[]
}

/** Gathers what `plan` needs: from memory, but for who may use a flavor, which no list tells. */
export async function observe(flavor: Flavor, sources: ObserveSources, context: ReconcileContext): Promise<Observed> {
  const { registry, farewell } = sources
  const key = keyOf(flavor)
  const { signal, fresh = false } = context
  farewell.look(key, { fresh, seen: flavor.status?.id !== undefined })
  const access = cloudAccess(registry, cloudKeyOf(flavor), sources.cloudOf(flavor), ({ flavorInventory }) => {
    flavorInventory.need(key)
    return flavorInventory
  })
  if (access.state === 'Closed') return access
  const { cloud } = access
  const mark = flavorMarkOf('Flavor', markOf(cloud.ownerID, flavor.metadata.namespace, flavor.metadata.name))
  const ownID = flavorIdFor(mark, wantedSize(flavor))
  const refresh = askedRefresh(flavor)
  await lookForNew(flavor, ownID, cloud, refresh !== undefined, signal)
  const found = meant(flavor, ownID, cloud)
  if (found?.id === ownID) farewell.there(key)
  const namesakes = cloud.flavorInventory.byIndex('name', nameInNova(flavor))
  return {
    ...{ state: 'Ready', mark, ownID, flavor: found, refresh },
    nameTakenBy: namesakes.find(({ id }) => id !== ownID)?.id,
    takenBy: found && betterHolder(flavor, sources.holdersOf(flavor, found.id), rankOf),
    access: found && (await accessTo(flavor, found, cloud, signal)),
    usedBy: sources.usersOf(flavor),
    absenceProven: farewell.isAbsent(key),
    lateMs: farewell.remainingMs(key, cloud.session.requestTimeoutMs),
  }
}

/** The flavor that the object made, or the one that it looks for. */
function meant({ spec }: Flavor, ownID: string, { flavorInventory }: ConnectedCloud): NovaFlavor | undefined {
  if (spec.existing === undefined) return flavorInventory.get(ownID)
  const { id, name = '' } = spec.existing
  return id === undefined ? flavorInventory.byIndex('name', name)[0] : flavorInventory.get(id)
}

/** One that is given by its id may be newer than the last list: Nova is asked for it, as it is for a fresh look. */
async function lookForNew(
  { spec }: Flavor,
  ownID: string,
  { flavors, flavorInventory }: ConnectedCloud,
  asked: boolean,
  signal: AbortSignal,
): Promise<void> {
  const id = spec.existing === undefined ? ownID : spec.existing.id
  if (id === undefined) return asked ? await flavorInventory.refresh({ full: true }) : undefined
  const isNew = spec.existing !== undefined && flavorInventory.get(id) === undefined
  if (asked || isNew) await lookAt(id, (known) => flavors.get(known, { signal }), flavorInventory)
}

/** Who may use a flavor that is not public, where the object says or has said something about it. */
async function accessTo(
  flavor: Flavor,
  { id, is_public }: NovaFlavor,
  { flavors, projects }: ConnectedCloud,
  signal: AbortSignal,
): Promise<ObservedAccess | undefined> {
  const named = flavor.spec.access?.projects ?? []
  const applied = flavor.status?.appliedProjects ?? []
  const says = named.length > 0 || applied.length > 0
  if (is_public || !says || !effectivePolicy(flavor).manages) return undefined
  const wanted: string[] = []
  const unknown: string[] = []
  for (const { id: projectID, name = '' } of named) {
    const project = projectID === undefined ? await projects.find({ name }, { signal }) : { id: projectID }
    if (project === undefined) unknown.push(`"${name}"`)
    else wanted.push(project.id)
  }
  return { granted: (await flavors.access(id, { signal })) ?? [], wanted, unknown }
}

/** Who made the flavor has the better right to it. */
function rankOf(flavor: Flavor): number {
  return effectivePolicy(flavor).creates ? 0 : 1
}
