import type { FlavorRecord } from './flavor-record.ts'
import type { NetworkRequest } from './ports.ts'

export type VmState =
  | 'building'
  | 'active'
  | 'stopped'
  | 'paused'
  | 'suspended'
  | 'resized'
  | 'error'
  | 'shelved'
  | 'shelved_offloaded'
  | 'soft-delete'
  | 'deleted'

/** Nova's numbers of power states. */
export const POWER = { none: 0, running: 1, paused: 3, shutdown: 4, suspended: 7 } as const

/** The flavor as a server keeps it: a copy that later changes of the flavor do not reach. */
export type EmbeddedFlavor = Pick<
  FlavorRecord,
  'number' | 'id' | 'name' | 'vcpus' | 'ram' | 'disk' | 'ephemeral' | 'swap' | 'extraSpecs'
>

export interface Fault {
  readonly code: number
  readonly createdAt: number
  readonly message: string
  readonly details: string
}

/** What was asked for at creation, as far as the tasks need it. */
export interface Requested {
  readonly host: string | null
  readonly zone: string | null
  /** What Neutron is asked for. */
  readonly ports: readonly [networks: readonly NetworkRequest[] | 'auto' | 'none', securityGroups: readonly string[]]
  /** Hosts that were tried in vain. */
  readonly tried: string[]
}

export interface AttachedVolume {
  readonly volumeId: string
  readonly attachmentId: string
  readonly device: string
  readonly bootIndex: number
  deleteOnTermination: boolean
}

/** A server as Nova's database has it. Times are milliseconds since the epoch, whole seconds. */
export interface ServerRecord {
  readonly id: string
  readonly number: number
  readonly projectId: string
  readonly userId: string
  readonly createdAt: number
  updatedAt: number
  launchedAt: number | null
  deletedAt: number | null
  name: string
  readonly hostname: string
  description: string | null
  vmState: VmState
  taskState: string | null
  powerState: number
  host: string | null
  /** Whether a guest is on the host; not after a resize that failed on its target. */
  guest: boolean
  flavor: EmbeddedFlavor
  /** The other size, between `resize_migrated` and confirm or revert. */
  oldFlavor: EmbeddedFlavor | null
  newFlavor: EmbeddedFlavor | null
  /** What the server was before the resize. */
  oldVmState: VmState | null
  /** The migration whose claims the hosts hold; null once it is confirmed or reverted. */
  migrationContext: number | null
  readonly imageId: string | null
  metadata: Record<string, string>
  tags: string[]
  readonly keyName: string | null
  readonly userData: string | null
  readonly configDrive: string
  lockedBy: 'owner' | 'admin' | null
  lockedReason: string | null
  readonly requested: Requested
  readonly serverGroup: string | null
  readonly reservationId: string
  volumes: AttachedVolume[]
  fault: Fault | null
}

const TASK_STATUS: Readonly<Record<string, string>> = {
  reboot: 'REBOOT',
  rebooting: 'REBOOT',
  reboot_pending: 'REBOOT',
  reboot_started: 'REBOOT',
  rebooting_hard: 'HARD_REBOOT',
  reboot_pending_hard: 'HARD_REBOOT',
  reboot_started_hard: 'HARD_REBOOT',
  resize_prep: 'RESIZE',
  resize_migrating: 'RESIZE',
  resize_migrated: 'RESIZE',
  resize_finish: 'RESIZE',
}

const STATUS: Readonly<Record<VmState, string>> = {
  building: 'BUILD',
  active: 'ACTIVE',
  stopped: 'SHUTOFF',
  paused: 'PAUSED',
  suspended: 'SUSPENDED',
  resized: 'VERIFY_RESIZE',
  error: 'ERROR',
  shelved: 'SHELVED',
  shelved_offloaded: 'SHELVED_OFFLOADED',
  'soft-delete': 'SOFT_DELETED',
  deleted: 'DELETED',
}

/** `status` as the API shows it. */
export function statusOf({ vmState, taskState, deletedAt }: ServerRecord): string {
  if (vmState === 'deleted' && deletedAt !== null) return 'DELETED'
  const byTask = TASK_STATUS[taskState ?? '']
  if (byTask === 'RESIZE' && (vmState === 'active' || vmState === 'stopped')) return byTask
  if (byTask !== undefined && byTask !== 'RESIZE' && vmState === 'active') return byTask
  if (vmState === 'resized' && taskState === 'resize_reverting') return 'REVERT_RESIZE'
  return STATUS[vmState]
}

/** The states of machine that show as a status; undefined for a word that is no status. */
export function vmStatesOf(status: string): readonly VmState[] | undefined {
  const wanted = status.toUpperCase()
  if (wanted === 'REBOOT' || wanted === 'HARD_REBOOT') return ['active']
  if (wanted === 'RESIZE') return ['active', 'stopped']
  if (wanted === 'REVERT_RESIZE') return ['resized']
  const found = (Object.entries(STATUS) as [VmState, string][]).filter(([, shown]) => shown === wanted)
  return found.length > 0 ? found.map(([vmState]) => vmState) : undefined
}
