import type { Desktop, DesktopResize, ProjectQuota } from '../../../api/v1alpha1/objects.ts'
import { flavorDescription, flavorMarkOf, markOf } from '../../../pkg/openstack/mark.ts'
import { request } from '../../../test/cloud/nova/api.ts'
import type { Caller } from '../../../test/cloud/nova/caller.ts'
import { runTask } from '../../../test/cloud/nova/run-task.ts'
import { type ComputeState, newComputeState } from '../../../test/cloud/nova/state.ts'
import { runnableTasks } from '../../../test/cloud/nova/task.ts'
import type { Outcome } from '../steps.ts'
import { START, type WorldState } from './world-state.ts'

const PROJECT = 'sales'

/** The operator within the servers' project, and outside of it: for locks. */
export const OPERATOR = { userId: 'operator', projectId: PROJECT, isAdmin: true, isMember: true }
export const OUTSIDE = { ...OPERATOR, projectId: 'administration' }
/** Somebody else with all rights, and a member of the project. */
export const STRANGER: Caller = { ...OUTSIDE, userId: 'stranger', requestId: 'req-stranger' }
export const MEMBER: Caller = { ...STRANGER, userId: 'anna', projectId: PROJECT, isAdmin: false }

export const OLD = { cpus: 2, memoryMiB: 2048 }

/** What a world begins with, and what may happen in it beside crashes and lost answers. */
export interface Scenario {
  name: string
  /** The size that is asked for; by default more of both. */
  to?: { cpus: number; memoryMiB: number }
  spec?: Partial<DesktopResize['spec']>
  /** Whether the server is off. */
  stopped?: boolean
  /** Driver's methods that fail, as the server's metadata say it. */
  fails?: string
  /** No host has room for the new size. */
  noHost?: boolean
  /** The Desktop's own lock is on the server. */
  locked?: boolean
  /** The old flavor was made for this desktop. */
  ownFlavor?: boolean
  /** There is no ProjectQuota. */
  unmanaged?: boolean
  extraSpecs?: boolean
  /** How it may end; Succeeded if absent. */
  outcomes?: Outcome[]
  /** Moves of others, each of which may happen once, at any time. */
  others?: string[]
}

export function beginning(scenario: Scenario): WorldState {
  const { to = { cpus: 4, memoryMiB: 4096 }, others = [] } = scenario
  const nova = novaOf(scenario)
  const [serverID = ''] = Object.keys(nova.servers)
  const metadata = { namespace: 'desktops', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' }
  const resize: DesktopResize = {
    metadata: { ...metadata, name: 'more', uid: 'resize-uid' },
    spec: { desktopRef: { name: 'pc' }, cpus: to.cpus, memory: `${to.memoryMiB}Mi`, ...scenario.spec },
  }
  const desktop: Desktop = {
    metadata: { ...metadata, name: 'pc', uid: 'desktop-uid' },
    spec: {
      cloudRef: { name: 'vdi' },
      source: { type: 'Existing', existing: { id: serverID } },
      ...(scenario.locked ? { lock: 'Locked' as const, lockReason: 'kept' } : {}),
    },
    status: { id: serverID },
  }
  const quota: ProjectQuota = {
    metadata: { ...metadata, name: PROJECT, uid: 'quota-uid' },
    spec: { cloudRef: { name: 'vdi' }, project: { id: PROJECT }, limits: {} },
    status: { holds: [] },
  }
  return {
    nova,
    resize,
    desktop,
    quota: scenario.unmanaged ? undefined : quota,
    answers: {},
    flying: [],
    now: START,
    others: [...others],
  }
}

function novaOf({ fails, noHost, locked, ownFlavor, extraSpecs, stopped }: Scenario): ComputeState {
  const nova = newComputeState('proof')
  const call = (method: string, path: string, body: unknown, by: Omit<Caller, 'requestId'> = OPERATOR) =>
    request({ state: nova, caller: { ...by, requestId: `req-${nova.sequence}` } }, method, path, body).body
  const description = ownFlavor
    ? flavorDescription(flavorMarkOf('Desktop', markOf('acme', 'desktops', 'pc')))
    : 'everybody’s'
  const flavor = { id: 'old', name: 'old', vcpus: OLD.cpus, ram: OLD.memoryMiB, disk: 10, description }
  call('POST', '/flavors', { flavor })
  if (extraSpecs) call('POST', '/flavors/old/os-extra_specs', { extra_specs: { 'hw:cpu_policy': 'shared' } })
  const server = { name: 'pc', flavorRef: 'old', imageRef: '11111111-1111-4111-8111-111111111111', networks: 'none' }
  const metadata = fails === undefined ? {} : { 'vdi:fail': fails }
  call('POST', '/servers', { server: { ...server, metadata } })
  settle(nova)
  const [serverID = ''] = Object.keys(nova.servers)
  const act = (body: unknown, by?: typeof OPERATOR) => call('POST', `/servers/${serverID}/action`, body, by)
  if (stopped) act({ 'os-stop': null })
  settle(nova)
  if (locked) act({ lock: { locked_reason: 'kept' } }, OUTSIDE)
  if (noHost) for (const host of nova.hosts) if (host.name !== nova.servers[serverID]?.host) host.enabled = false
  return nova
}

function settle(nova: ComputeState): void {
  for (let [task] = runnableTasks(nova); task !== undefined; [task] = runnableTasks(nova)) runTask(nova, task.id)
}
