import type { ComputeState } from './state.ts'

/** A compute host with its nova-compute. */
export interface HostRecord {
  readonly name: string
  readonly serviceId: string
  vcpus: number
  memoryMiB: number
  diskGiB: number
  /** False: its nova-compute does not answer; what was sent to it waits. */
  up: boolean
  forcedDown: boolean
  enabled: boolean
  disabledReason: string | null
}

export const ZONE = 'nova'

function host(name: string, serviceId: string): HostRecord {
  const size = { vcpus: 16, memoryMiB: 32_768, diskGiB: 1000 }
  return { name, serviceId, ...size, up: true, forcedDown: false, enabled: true, disabledReason: null }
}

export const LAB_HOSTS: readonly HostRecord[] = [
  host('compute1', '5d6b1b1e-8c33-4d2b-9c0e-000000000001'),
  host('compute2', '5d6b1b1e-8c33-4d2b-9c0e-000000000002'),
  host('compute3', '5d6b1b1e-8c33-4d2b-9c0e-000000000003'),
]

export function isUp(state: ComputeState, name: string | null): boolean {
  const found = state.hosts.find((one) => one.name === name)
  return found?.up === true && !found.forcedDown
}
