import { markOf, readMarkOfMaker } from '../../pkg/openstack/mark.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import { flavorOf } from './identity.ts'
import type { Scene } from './observe.ts'
import type { NewFlavor, ObservedInCloud } from './observed.ts'
import { wantedFlavor } from './wanted-flavor.ts'

/** The flavor of the resize, live, once it may have been made. */
export async function newFlavorOf({ resize, desktop, cloud, operation, ledger, signal }: Scene): Promise<NewFlavor> {
  if (!ledger.sent('CreateFlavor') || ledger.of('DeleteNewFlavor') === 'Done') return 'Absent'
  const found = await cloud.flavors.get(flavorOf(operation).id, { signal })
  if (found === undefined) return 'Absent'
  const wanted = wantedFlavor(resize, desktop, cloud.ownerID, operation)
  if (wanted === undefined) return 'Complete'
  const same = (['name', 'vcpus', 'ram', 'disk', 'ephemeral', 'swap'] as const).every(
    (key) => found[key] === wanted[key],
  )
  if (!same) return 'Different'
  const specs = Object.entries(resize.status?.preImage?.extraSpecs ?? {})
  return specs.every(([key, value]) => found.extra_specs?.[key] === value) ? 'Complete' : 'Incomplete'
}

/** The flavor that the server had, once it has the new one: ours to delete only if it was made for this desktop. */
export async function oldFlavorOf(
  { resize, desktop, cloud, signal, ledger }: Scene,
  server: ObservedInCloud['server'],
): Promise<ObservedInCloud['oldFlavor']> {
  const id = resize.status?.preImage?.flavorID
  const resized = typeof server === 'object' && server.flavor === 'New' && server.status !== 'VERIFY_RESIZE'
  if (!resized || id === undefined || desktop === undefined) return 'Unknown'
  if (ledger.of('DeleteOldFlavor') === 'Done') return 'Absent'
  const found = await cloud.flavors.get(id, { signal })
  if (found === undefined) return 'Absent'
  const { namespace, name } = desktop.metadata
  const isDesktops = readMarkOfMaker('Desktop', found) === markOf(cloud.ownerID, namespace, name)
  return isDesktops && !isUsedByOthers(found, resize.status?.serverID, cloud) ? 'Ours' : 'Kept'
}

function isUsedByOthers(flavor: NovaFlavor, serverID: string | undefined, cloud: Scene['cloud']): boolean {
  const users = cloud.serverInventory.byIndex('flavor', flavor.name)
  return users.some(({ id }) => id !== serverID)
}
