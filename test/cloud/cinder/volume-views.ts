import type { Call } from '../http.ts'
import type { Microversion } from '../microversion.ts'
import type { Attachment, Volume, VolumeState, VolumeType } from './volume-state.ts'
import type { Caller } from './volumes.ts'

export function summaryView(call: Call, volume: Volume) {
  const href = `${call.origin}/volume/v3/volumes/${volume.id}`
  const links = [
    { rel: 'self', href },
    { rel: 'bookmark', href: `${call.origin}/volume/volumes/${volume.id}` },
  ]
  return { id: volume.id, name: volume.name, links }
}

/** A volume in full; newer microversions tell more. */
export function detailView(
  state: VolumeState,
  call: Call,
  volume: Volume,
  { caller, version: [, minor] }: { caller: Caller; version: Microversion },
) {
  const type = state.types.find(({ id }) => id === volume.typeId)
  const { image } = volume
  return {
    ...summaryView(call, volume),
    ...{ status: volume.status, size: volume.size, availability_zone: volume.availabilityZone },
    ...{ created_at: volume.createdAt, updated_at: volume.updatedAt, description: volume.description },
    ...{ volume_type: type?.name ?? null, snapshot_id: null, source_volid: null, metadata: volume.metadata },
    ...{ user_id: volume.userId, bootable: String(image !== null), encrypted: false, multiattach: false },
    ...{ replication_status: null, consistencygroup_id: null },
    attachments: volume.attachments.map((one) => attachmentView(volume.id, one, caller)),
    'os-vol-tenant-attr:tenant_id': volume.projectId,
    ...(image && { volume_image_metadata: { image_id: image.id, image_name: image.name } }),
    ...(caller.isAdmin && {
      migration_status: null,
      'os-vol-host-attr:host': `controller@${type?.name}#${type?.name}`,
      'os-vol-mig-status-attr:migstat': null,
      'os-vol-mig-status-attr:name_id': null,
    }),
    ...(minor >= 13 && { group_id: null }),
    ...(minor >= 48 && { shared_targets: false, service_uuid: null }),
    ...(minor >= 63 && { volume_type_id: volume.typeId }),
    ...(minor >= 65 && { consumes_quota: true }),
  }
}

function attachmentView(volumeId: string, attachment: Attachment, { isAdmin }: Caller) {
  const { id, serverId, device, host, attachedAt } = attachment
  return {
    ...{ id: volumeId, attachment_id: id, volume_id: volumeId, server_id: serverId, device },
    ...{ host_name: isAdmin ? host : null, attached_at: attachedAt },
  }
}

/** Only administrators see all extra specs. */
export function typeView({ id, name, description, extraSpecs }: VolumeType, { isAdmin }: Caller) {
  const common = { id, name, description, is_public: true, 'os-volume-type-access:is_public': true }
  return { ...common, extra_specs: isAdmin ? extraSpecs : {}, ...(isAdmin && { qos_specs_id: null }) }
}
