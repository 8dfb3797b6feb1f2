import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import type { ResizeRecord } from '../../pkg/openstack/server-metadata.ts'
import type { Scene } from './observe.ts'
import type { PreImage } from './situation.ts'

/**
 * The server as it is put on record before anything is done to it. Where an earlier object began, what it recorded in
 * the server's metadata counts; the rest comes from the flavor that the server had, or (if that is gone) from the one
 * that is embedded in it.
 */
export async function snapshotOf(
  scene: Scene,
  live: NovaServer,
  record: ResizeRecord | undefined,
): Promise<PreImage | undefined> {
  const { resize, desktop, operation } = scene
  const isMine = desktop?.status?.activeOperation?.uid === resize.metadata.uid
  if (resize.status?.preImage !== undefined || !isMine) return undefined
  const begun = record?.uid === operation && record.outcome === undefined ? record.preImage : undefined
  return begun === undefined
    ? fresh(scene, live)
    : { ...(await fresh(scene, live, begun.flavorID)), ...recorded(begun) }
}

async function fresh({ cloud, signal }: Scene, live: NovaServer, knownID?: string): Promise<PreImage> {
  const [flavorID, migrations, actions] = await Promise.all([
    knownID ?? cloud.servers.flavorIdOf(live.id, { signal }),
    cloud.migrations.ofServer(live.id, { signal }),
    cloud.instanceActions.ofServer(live.id, { signal }),
  ])
  const made = flavorID === undefined ? undefined : await cloud.flavors.get(flavorID, { signal })
  const { flavor } = live
  const extraSpecs = made?.extra_specs ?? flavor.extra_specs
  const migrationID = Math.max(0, ...migrations.map(({ id }) => id))
  return {
    state: live.status,
    powerState: live.status === 'ACTIVE' ? 'Running' : 'Stopped',
    lock: live.locked ? 'Locked' : 'Unlocked',
    lockReason: live.locked_reason,
    host: live.host,
    flavorID,
    flavorName: flavor.original_name,
    cpus: flavor.vcpus,
    memoryMiB: flavor.ram,
    diskGiB: made?.disk ?? flavor.disk,
    ephemeralGiB: made?.ephemeral ?? flavor.ephemeral,
    swapMiB: made?.swap ?? flavor.swap,
    rxtxFactor: String(made?.rxtx_factor ?? 1),
    extraSpecs: extraSpecs && Object.keys(extraSpecs).length > 0 ? extraSpecs : undefined,
    migrationID: migrationID > 0 ? migrationID : undefined,
    actionRequestID: actions[0]?.request_id,
  }
}

/** What the metadata say in the words of status. */
function recorded({ running, locked, ...before }: ResizeRecord['preImage']): Partial<PreImage> {
  return {
    state: running ? 'ACTIVE' : 'SHUTOFF',
    powerState: running ? 'Running' : 'Stopped',
    lock: locked ? 'Locked' : 'Unlocked',
    lockReason: before.lockedReason,
    flavorID: before.flavorID,
    flavorName: before.flavorName,
    cpus: before.vcpus,
    memoryMiB: before.ram,
    migrationID: before.migrationID,
    actionRequestID: before.actionRequestID,
  }
}
