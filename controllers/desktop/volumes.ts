import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import type { CinderVolume } from '../../pkg/openstack/cinder-volume.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import { Blocked } from './ingredients.ts'
import type { AppliedVolume, Obstacle } from './observed.ts'

type Entry = NonNullable<Desktop['spec']['volumes']>[number]

/** The volumes that spec asks for and those that are on record, as they stand. */
export interface VolumesView {
  /** Entries of spec whose volume the server has. */
  attached: AppliedVolume[]
  /** Entries of spec whose volume is free for this server. */
  free: AppliedVolume[]
  /** Entries whose volume Cinder is just handing to this server. */
  arriving: AppliedVolume[]
  /** Volumes on record that the server has and spec does not name any more. */
  leaving: AppliedVolume[]
  obstacles: Obstacle[]
}

/** Looks at volumes of a server that is there. Cinder is asked only for those that the server lacks. */
export async function viewVolumes(
  desktop: Desktop,
  server: NovaServer | undefined,
  cloud: ConnectedCloud,
  signal: AbortSignal,
): Promise<VolumesView | undefined> {
  const { spec, status, metadata } = desktop
  const recorded = status?.appliedVolumes ?? []
  if (server === undefined || metadata.deletionTimestamp !== undefined || !effectivePolicy(desktop).manages) return
  if (spec.volumes === undefined && recorded.length === 0) return
  const view: VolumesView = { attached: [], free: [], arriving: [], leaving: [], obstacles: [] }
  await Promise.all((spec.volumes ?? []).map((entry) => place(entry, view, { desktop, server, cloud, signal })))
  const wanted = new Set([...view.attached, ...view.free, ...view.arriving].map(({ volumeID }) => volumeID))
  // What an obstacle keeps from being known may be on record under the entry's name.
  const named = new Set(spec.volumes?.map(({ name }) => name))
  view.leaving = recorded.filter(
    ({ name, volumeID }) =>
      has(server, volumeID) && !wanted.has(volumeID) && !(view.obstacles.length > 0 && named.has(name)),
  )
  return view
}

interface Place {
  desktop: Desktop
  server: NovaServer
  cloud: ConnectedCloud
  signal: AbortSignal
}

async function place({ name, volume }: Entry, view: VolumesView, { desktop, server, ...asks }: Place): Promise<void> {
  const known = volume.id ?? desktop.status?.appliedVolumes?.find((one) => one.name === name)?.volumeID
  if (known !== undefined && has(server, known)) {
    view.attached.push({ name, volumeID: known })
    return
  }
  try {
    const found = await volumeOf(volume, asks)
    const entry = { name, volumeID: found.id }
    if (has(server, found.id)) view.attached.push(entry)
    else if (found.attachments.some(({ server_id }) => server_id === server.id)) view.arriving.push(entry)
    else if (found.status === 'available') view.free.push(entry)
    else view.obstacles.push({ reason: 'VolumeInUse', message: inUse(found) })
  } catch (error) {
    if (!(error instanceof Blocked)) throw error
    view.obstacles.push({ reason: error.reason, message: error.message })
  }
}

/** Cinder's filter by name ignores case. */
async function volumeOf(
  { id, name = '' }: Entry['volume'],
  { cloud: { volumes }, signal }: Pick<Place, 'cloud' | 'signal'>,
): Promise<CinderVolume> {
  const one = id === undefined ? undefined : await volumes.get(id, { signal })
  const found = id === undefined ? await volumes.named(name, { signal }) : one === undefined ? [] : [one]
  const what = id === undefined ? `called "${name}"` : `with id ${id}`
  const [first, ...others] = found
  if (first === undefined) {
    throw new Blocked('VolumeNotFound', `the project has no volume ${what}; make it in Cinder, or correct it`)
  }
  if (others.length > 0) throw new Blocked('VolumeNotFound', `${found.length} volumes are ${what}; use the id`)
  return first
}

function inUse({ id, status, attachments }: CinderVolume): string {
  const holder = attachments[0]?.server_id
  const where = holder === undefined ? '' : `, attached to server ${holder}`
  return `volume ${id} is ${status}${where}; it is attached here when it is available`
}

function has({ volumes_attached }: NovaServer, volumeID: string): boolean {
  return volumes_attached.some(({ id }) => id === volumeID)
}
