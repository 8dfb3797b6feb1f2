import { randomUUID } from 'node:crypto'

export interface VolumeType {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly extraSpecs: Readonly<Record<string, string>>
}

export interface Attachment {
  readonly id: string
  readonly serverId: string
  readonly device: string
  readonly host: string | null
  readonly attachedAt: string
}

export interface Volume {
  readonly id: string
  readonly projectId: string
  readonly userId: string
  name: string | null
  description: string | null
  /** GiB. */
  readonly size: number
  readonly typeId: string
  readonly availabilityZone: string
  status: 'creating' | 'available' | 'in-use' | 'deleting' | 'error'
  metadata: Record<string, string>
  /** The image that it was made from: id and name. */
  readonly image: { readonly id: string; readonly name: string } | null
  attachments: Attachment[]
  readonly createdAt: string
  updatedAt: string
}

/** What cinder-volume has yet to do. */
export interface VolumeTask {
  readonly id: string
  readonly type: 'Create' | 'Delete'
  readonly volumeId: string
  /** Milliseconds since the epoch. */
  readonly dueAt: number
}

/** All that Cinder knows, as plain data that can be cloned. */
export interface VolumeState {
  volumes: Volume[]
  readonly types: readonly VolumeType[]
  /** Limits that were set, by project and resource. Any text is a project to Cinder. */
  readonly quotas: Record<string, Record<string, number>>
  tasks: VolumeTask[]
  /** How long a task takes, in milliseconds. */
  taskMs: number
}

/** No volumes; the types of the lab's OpenStack. */
export function newVolumeState(): VolumeState {
  const type = (name: string, backend: string | undefined, description: string | null = null): VolumeType => ({
    ...{ id: randomUUID(), name, description },
    extraSpecs: backend === undefined ? {} : { volume_backend_name: backend },
  })
  const types = [
    type('__DEFAULT__', undefined, 'Default Volume Type'),
    ...[type('ssd', 'ssd'), type('hdd', 'hdd'), type('fakelog', 'fake')],
  ]
  return { volumes: [], types, quotas: {}, tasks: [], taskMs: 0 }
}

/** As Cinder writes times: microseconds, and no zone. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, -1)}000`
}

export function addTask(state: VolumeState, type: VolumeTask['type'], volumeId: string, now: number): void {
  state.tasks.push({ id: randomUUID(), type, volumeId, dueAt: now + state.taskMs })
}

/** Does what is due by now, in the order in which it was asked for. */
export function runDueTasks(state: VolumeState, now: number): void {
  const due = state.tasks.filter((task) => task.dueAt <= now)
  for (const { id } of due) runTask(state, id, now)
}

/** One step of cinder-volume. */
export function runTask(state: VolumeState, id: string, now: number): void {
  const task = state.tasks.find((one) => one.id === id)
  if (!task) return
  state.tasks = state.tasks.filter((one) => one !== task)
  if (task.type === 'Delete') state.volumes = state.volumes.filter((volume) => volume.id !== task.volumeId)
  const volume = state.volumes.find((one) => one.id === task.volumeId)
  if (volume?.status !== 'creating') return
  volume.status = 'available'
  volume.updatedAt = timestamp(now)
}
