import { createHash } from 'node:crypto'
import type { ApiCall } from './api-call.ts'
import { isUp, ZONE } from './host.ts'
import { bookmark, links } from './links.ts'
import { type ServerRecord, statusOf } from './server-record.ts'
import { isoMicroseconds, isoSecond } from './time.ts'

export function serverSummary(call: ApiCall, { id, name }: ServerRecord): object {
  return { id, name, links: links(call, 'servers', id) }
}

/** A server in full, as the microversion and the caller may see it. `shown`: by itself, not in a list. */
export function serverView(call: ApiCall, server: ServerRecord, shown: boolean): object {
  const { minor, base } = call
  const { id, name, imageId } = server
  const status = statusOf(server)
  const image = imageId && { id: imageId, links: [{ rel: 'bookmark', href: bookmark(base, 'images', imageId) }] }
  const { ports } = call.neighbours
  return {
    ...{ id, name, status, tenant_id: server.projectId, user_id: server.userId },
    ...{ created: isoSecond(server.createdAt), updated: isoSecond(server.updatedAt) },
    ...{ accessIPv4: '', accessIPv6: '', links: links(call, 'servers', id) },
    addresses: server.vmState === 'building' ? {} : ports.addresses(id),
    flavor: flavorOf(call, server),
    image: image ? { ...image, ...(minor >= 98 && { properties: {} }) } : '',
    ...{ metadata: server.metadata, hostId: hostId(server), config_drive: server.configDrive },
    ...{ 'OS-DCF:diskConfig': 'MANUAL', key_name: server.keyName },
    ...((status === 'ERROR' || status === 'DELETED') && server.fault && { fault: faultView(call, server) }),
    ...(PROGRESS.includes(status) && { progress: 0 }),
    'OS-EXT-AZ:availability_zone': server.host === null ? (server.requested.zone ?? '') : ZONE,
    ...usage(server),
    ...(server.vmState !== 'deleted' && { security_groups: ports.securityGroups(id).map((one) => ({ name: one })) }),
    ...(call.caller.isAdmin && administratorView(call, server)),
    ...stateView(server),
    'os-extended-volumes:volumes_attached': server.volumes.map((one) => ({
      id: one.volumeId,
      ...(minor >= 3 && { delete_on_termination: one.deleteOnTermination }),
    })),
    ...newer(call, server, shown),
  }
}

const PROGRESS = ['ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING']

function usage({ launchedAt, deletedAt, vmState }: ServerRecord): object {
  return {
    'OS-SRV-USG:launched_at': launchedAt === null ? null : isoMicroseconds(launchedAt),
    'OS-SRV-USG:terminated_at': vmState !== 'deleted' || deletedAt === null ? null : isoMicroseconds(deletedAt),
  }
}

function stateView({ taskState, vmState, powerState }: ServerRecord): object {
  return {
    'OS-EXT-STS:task_state': taskState,
    'OS-EXT-STS:vm_state': vmState,
    'OS-EXT-STS:power_state': powerState,
  }
}

/** What later microversions added. */
function newer(call: ApiCall, server: ServerRecord, shown: boolean): object {
  const { minor, caller } = call
  return {
    ...(minor >= 9 && { locked: server.lockedBy !== null }),
    ...(minor >= 16 && caller.isAdmin && { host_status: hostStatus(call, server) }),
    ...(minor >= 19 && { description: server.description }),
    ...(minor >= 26 && { tags: server.tags }),
    ...(minor >= 63 && { trusted_image_certificates: null }),
    ...(minor >= 71 && shown && { server_groups: server.serverGroup === null ? [] : [server.serverGroup] }),
    ...(minor >= 73 && { locked_reason: server.lockedReason }),
    ...(minor >= 90 && { 'OS-EXT-SRV-ATTR:hostname': server.hostname }),
    ...(minor >= 96 && { pinned_availability_zone: server.requested.zone }),
    ...(minor >= 100 && { scheduler_hints: server.serverGroup === null ? {} : { group: [server.serverGroup] } }),
  }
}

/** Since 2.47 the numbers of the flavor as it was, without its id. */
function flavorOf({ minor, base }: ApiCall, { flavor }: ServerRecord): object {
  const { id, name, vcpus, ram, disk, ephemeral, swap, extraSpecs } = flavor
  if (minor < 47) return { id, links: [{ rel: 'bookmark', href: bookmark(base, 'flavors', id) }] }
  return { vcpus, ram, disk, ephemeral, swap, original_name: name, extra_specs: extraSpecs }
}

function hostId({ host, projectId }: ServerRecord): string {
  return host === null
    ? ''
    : createHash('sha224')
        .update(projectId + host)
        .digest('hex')
}

function hostStatus({ state }: ApiCall, { host }: ServerRecord): string {
  const found = state.hosts.find(({ name }) => name === host)
  if (!found) return ''
  if (found.forcedDown) return 'DOWN'
  if (!isUp(state, host)) return 'UNKNOWN'
  return found.enabled ? 'UP' : 'MAINTENANCE'
}

function faultView({ caller }: ApiCall, { fault }: ServerRecord): object | undefined {
  if (!fault) return undefined
  const { code, createdAt, message, details } = fault
  return { code, created: isoSecond(createdAt), message, ...(caller.isAdmin && details && { details }) }
}

function administratorView({ minor }: ApiCall, server: ServerRecord): object {
  const { host, number, hostname, reservationId, userData } = server
  return {
    'OS-EXT-SRV-ATTR:host': host,
    'OS-EXT-SRV-ATTR:instance_name': `instance-${number.toString(16).padStart(8, '0')}`,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': host,
    ...(minor >= 3 && {
      'OS-EXT-SRV-ATTR:hostname': hostname,
      'OS-EXT-SRV-ATTR:kernel_id': '',
      'OS-EXT-SRV-ATTR:launch_index': 0,
      'OS-EXT-SRV-ATTR:ramdisk_id': '',
      'OS-EXT-SRV-ATTR:reservation_id': reservationId,
      'OS-EXT-SRV-ATTR:root_device_name': '/dev/vda',
      'OS-EXT-SRV-ATTR:user_data': userData,
    }),
  }
}
