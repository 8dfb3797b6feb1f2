import type { FlavorRecord } from './flavor-record.ts'
import { type HostRecord, isUp } from './host.ts'
import type { ServerRecord } from './server-record.ts'
import type { ComputeState } from './state.ts'

/** Virtual processors may be promised four times over; memory and disks once, less what a host keeps for itself. */
const CPU_RATIO = 4
const RESERVED_MIB = 512

export type Size = Pick<FlavorRecord, 'vcpus' | 'ram' | 'disk'>

/** A host with room for so much, the emptiest first; undefined: no valid host. */
export function pickHost(
  state: ComputeState,
  size: Size,
  { host, ignore = [] }: { host?: string | null | undefined; ignore?: readonly string[] },
): string | undefined {
  const rooms = state.hosts
    .filter((one) => one.enabled && isUp(state, one.name) && !ignore.includes(one.name))
    .filter((one) => host === undefined || host === null || one.name === host)
    .filter((one) => size.vcpus <= one.vcpus)
    .map((one) => ({ name: one.name, room: room(state, one) }))
    .filter(({ room: { vcpus, ram, disk } }) => vcpus >= size.vcpus && ram >= size.ram && disk >= size.disk)
  return rooms.sort((a, b) => b.room.ram - a.room.ram)[0]?.name
}

function room(state: ComputeState, host: HostRecord): Size {
  const free = { vcpus: host.vcpus * CPU_RATIO, ram: host.memoryMiB - RESERVED_MIB, disk: host.diskGiB }
  for (const held of state.allocations) {
    if (held.host !== host.name) continue
    free.vcpus -= held.vcpus
    free.ram -= held.ram
    free.disk -= held.disk
  }
  return free
}

export function allocate(state: ComputeState, consumer: string, host: string, { vcpus, ram, disk }: Size): void {
  state.allocations.push({ consumer, host, vcpus, ram, disk })
}

export function release(state: ComputeState, consumer: string): void {
  state.allocations = state.allocations.filter((one) => one.consumer !== consumer)
}

/** Gives what one consumer holds to another. */
export function moveAllocation(state: ComputeState, from: string, to: string): void {
  state.allocations = state.allocations.map((one) => (one.consumer === from ? { ...one, consumer: to } : one))
}

/** What a server holds; one that boots from a volume takes no disk of the host. */
export function sizeOf(server: ServerRecord, flavor: Size = server.flavor): Size {
  return { vcpus: flavor.vcpus, ram: flavor.ram, disk: server.imageId === null ? 0 : flavor.disk }
}
