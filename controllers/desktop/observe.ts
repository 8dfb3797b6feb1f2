import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { betterHolder } from '../../pkg/cloud-objects/holders.ts'
import { effectivePolicy, isSynchronized } from '../../pkg/cloud-objects/policy.ts'
import { askedRefresh } from '../../pkg/cloud-objects/refresh.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudAccess, cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { flavorMarkOf, markOf } from '../../pkg/openstack/mark.ts'
import { isDeletedServer, type NovaServer } from '../../pkg/openstack/nova-server.ts'
import { ownFlavorsOf } from '../../pkg/openstack/own-flavor.ts'
import { blueprintOf } from './blueprint.ts'
import { claimOf } from './claim.ts'
import { viewFloatingIP } from './floating-ip.ts'
import type { AutomaticResize, Observed } from './observed.ts'
import type { ObserveSources } from './sources.ts'
import { viewVolumes } from './volumes.ts'

/** Gathers what `plan` needs, from memory; the cloud is asked where a server has to be made, or is missing. */
export async function observe(desktop: Desktop, sources: ObserveSources, signal: AbortSignal): Promise<Observed> {
  const key = keyOf(desktop)
  const cloudKey = cloudKeyOf(desktop)
  sources.registry.get(cloudKey)?.serverInventory.need(claimOf(desktop))
  const access = cloudAccess(sources.registry, cloudKey, sources.cloudOf(desktop), (to) => to.serverInventory)
  if (access.state === 'Closed') return access
  const { cloud } = access
  const { launches, lockedOut } = sources.memory
  const mark = markOf(cloud.ownerID, desktop.metadata.namespace, desktop.metadata.name)
  const refresh = askedRefresh(desktop)
  const { server, matches, softDeleted } = await find(
    desktop,
    mark,
    cloud,
    sources,
    refresh !== undefined || wasGivenBack(desktop),
    signal,
  )
  if (server !== undefined) launches.settled(key, desktop.status?.creation?.attempt ?? 0)
  if (server?.locked !== true) lockedOut.delete(key)
  const launch = launches.stateOf(key, desktop, cloud.session.requestTimeoutMs)
  const isNew = server === undefined && launch.state === 'Settled'
  return {
    state: 'Ready',
    projectID: cloud.projectID,
    mark,
    now: launches.time,
    lockedOut: lockedOut.has(key),
    ...{ server, matches, softDeleted, launch, refresh },
    takenBy: server === undefined ? undefined : better(desktop, sources.holdersOf(desktop, server.id)),
    blueprint: isNew && makes(desktop) ? await blueprintOf(desktop, mark, cloud, sources, signal) : undefined,
    ownFlavors: await ownFlavors(desktop, mark, cloud),
    floatingIP: await viewFloatingIP(desktop, server, mark, cloud, signal),
    volumes: await viewVolumes(desktop, server, cloud, signal),
    automatic: newestAutomatic(desktop, sources),
  }
}

interface Found {
  server: NovaServer | undefined
  matches: number
  softDeleted: boolean
}

async function find(
  desktop: Desktop,
  mark: string,
  cloud: ConnectedCloud,
  { memory }: ObserveSources,
  afresh: boolean,
  signal: AbortSignal,
): Promise<Found> {
  const { serverInventory } = cloud
  // Of several with the name only one may be known yet, because somebody asked for it by its id.
  const byName = desktop.spec.source.existing?.name !== undefined && desktop.status?.id === undefined
  if (byName) await serverInventory.refresh()
  const known = knownServers(desktop, mark, cloud)
  const id = known[0]?.id ?? desktop.spec.source.existing?.id ?? idToAskFor(desktop, memory.launches)
  if (known.length > 1) return { server: undefined, matches: known.length, softDeleted: false }
  if (id === undefined || (known.length === 1 && !afresh)) {
    return { server: known[0], matches: known.length, softDeleted: false }
  }
  // Missing from the inventory: only the service itself knows whether it is gone, new, or soft-deleted.
  const live = await cloud.servers.get(id, { signal })
  if (live !== undefined && !isDeletedServer(live)) {
    serverInventory.observed(live)
    return { server: live, matches: 1, softDeleted: false }
  }
  serverInventory.observedGone(id)
  memory.launches.settled(keyOf(desktop), desktop.status?.creation?.attempt ?? 0)
  return { server: undefined, matches: 0, softDeleted: live?.status === 'SOFT_DELETED' }
}

/** A resize has just given the desktop back: what the inventory knows of the server may be older than its end. */
function wasGivenBack(desktop: Desktop): boolean {
  return desktop.status?.activeOperation === undefined && conditionOf(desktop, 'Resizing') !== undefined
}

/** The id of a server that was there, or should be by now. One that Nova just took appears by itself. */
function idToAskFor(desktop: Desktop, launches: ObserveSources['memory']['launches']): string | undefined {
  const accepted = launches.acceptedOf(keyOf(desktop))
  if (accepted === undefined) return desktop.status?.id
  return launches.isOverdue(keyOf(desktop)) ? accepted.id : undefined
}

/** The servers that the object may mean; more than one only where a name is not unique. */
function knownServers(desktop: Desktop, mark: string, { serverInventory }: ConnectedCloud): NovaServer[] {
  const recorded = serverInventory.get(desktop.status?.id ?? '')
  if (effectivePolicy(desktop).creates) {
    const marked = serverInventory.byIndex('mark', mark)
    const [first] = marked.toSorted((a, b) => a.created.localeCompare(b.created) || a.id.localeCompare(b.id))
    const ours = marked.find(({ id }) => id === recorded?.id) ?? first ?? recorded
    return ours === undefined ? [] : [ours]
  }
  const { id, name } = desktop.spec.source.existing ?? {}
  const known = id === undefined ? recorded : serverInventory.get(id)
  if (known !== undefined) return [known]
  return name === undefined ? [] : serverInventory.byIndex('name', name)
}

function makes(desktop: Desktop): boolean {
  const { creates, manages } = effectivePolicy(desktop)
  return creates && manages && desktop.metadata.deletionTimestamp === undefined
}

/** Its maker's right is better than a user's, and that than the operator's own object. */
function better(desktop: Desktop, holders: readonly Desktop[]): string | undefined {
  const rank = (holder: Desktop) => Number(!effectivePolicy(holder).creates) + Number(isSynchronized(holder))
  return betterHolder(desktop, holders, rank)
}

/** Flavors that were made for this desktop, at the start or by resizes: they go with it. */
async function ownFlavors(desktop: Desktop, mark: string, cloud: ConnectedCloud): Promise<string[]> {
  const going = desktop.metadata.deletionTimestamp !== undefined && effectivePolicy(desktop).deletes
  if (!going) return []
  const { flavorInventory } = cloud
  flavorInventory.need(claimOf(desktop))
  // One list serves all that are deleted together.
  if (!flavorInventory.synced) await flavorInventory.refresh({ full: true })
  return ownFlavorsOf(flavorMarkOf('Desktop', mark), cloud).map(({ id }) => id)
}

function newestAutomatic(desktop: Desktop, { resizesOf }: ObserveSources): AutomaticResize | undefined {
  const generationOf = (name: string) => Number(/-g(\d+)$/.exec(name)?.[1] ?? 0)
  const [newest] = resizesOf(desktop)
    .map(({ metadata, status }) => ({
      name: metadata.name,
      generation: generationOf(metadata.name),
      outcome: status?.outcome,
    }))
    .toSorted((a, b) => b.generation - a.generation)
  return newest
}
