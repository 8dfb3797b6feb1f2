import type { Desktop, DesktopResize, ProjectQuota } from '../../../api/v1alpha1/objects.ts'
import type { Caller } from '../../../test/cloud/nova/caller.ts'
import type { BegunAction } from '../../../test/cloud/nova/server-actions.ts'
import type { ComputeState } from '../../../test/cloud/nova/state.ts'
import type { StepName } from '../ledger.ts'
import type { Answer } from '../observed.ts'

/** A request that was sent and has not arrived yet, or has arrived and was only read so far. */
export interface Flying {
  call: NovaCall
  begun?: BegunAction
}

/** A request to Nova, as plain data. */
export interface NovaCall {
  method: string
  path: string
  body: unknown
  minor: number
  caller: Caller
}

/** Everything that there is in the small world of one resize. Plain data: `structuredClone` copies it. */
export interface WorldState {
  nova: ComputeState
  /** Absent once its finalizer is off and it was to be deleted. */
  resize: DesktopResize | undefined
  desktop: Desktop | undefined
  quota: ProjectQuota | undefined
  /** What the process knows by heart. */
  answers: Partial<Record<StepName, Answer>>
  flying: Flying[]
  /** Milliseconds since the epoch. */
  now: number
  /** What others may still do, by name. */
  others: string[]
}

export const TIMEOUT_MS = 60_000
export const START = Date.parse('2026-01-01T00:00:00Z')

/**
 * What distinguishes two states for everything that may follow: times only as far as they decide, numbers only by who
 * is who, Nova's history only as far as it is looked at. So that the states are finite.
 */
export function identityOf(state: WorldState): string {
  const { nova, resize, desktop, quota, flying, others } = state
  const open = new Set(
    resize?.status?.steps?.filter(({ finishTime }) => finishTime === undefined).map(({ name }) => name),
  )
  const answers = Object.fromEntries(Object.entries(state.answers).filter(([name]) => open.has(name as StepName)))
  return JSON.stringify([
    novaIdentity(nova, resize),
    resize && resizeIdentity(resize, state.now),
    desktop && [desktop.metadata.deletionTimestamp !== undefined, desktop.status?.activeOperation?.uid],
    desktop?.status?.executedResizes?.map(({ key, outcome }) => [key, outcome]),
    quota?.status?.holds,
    inOrder(
      Object.entries(answers).map(([step, answer]) => [step, answer.type, answer.type === 'Refused' && answer.final]),
    ),
    flying.map(({ call, begun }) => [call.method, call.path, call.body, begun !== undefined]),
    others,
  ])
}

function novaIdentity(nova: ComputeState, resize: DesktopResize | undefined): unknown {
  const names = new Map<number, number>()
  const nameOf = (number: number | null | undefined) => {
    if (number === null || number === undefined) return number
    const name = names.get(number) ?? names.size
    names.set(number, name)
    return name
  }
  const servers = Object.values(nova.servers).map((server) => [
    ...[server.vmState, server.taskState, server.powerState, server.host, server.lockedBy, server.lockedReason],
    ...[server.flavor, server.oldFlavor, server.newFlavor].map((flavor) => nameOf(flavor?.number)),
    ...[server.metadata, server.fault?.message, server.oldVmState, server.guest, nameOf(server.migrationContext)],
  ])
  const flavors = nova.flavors.map(({ number, id, extraSpecs }) => [nameOf(number), id, extraSpecs])
  const migrations = nova.migrations.map(({ id, status, newFlavor }) => [nameOf(id), status, nameOf(newFlavor)])
  const tasks = inOrder(nova.tasks.map(({ type, host, migrationId }) => [type, host, nameOf(migrationId)]))
  const marker = resize?.status?.preImage?.actionRequestID
  const since = nova.actions.findIndex(({ requestId }) => requestId === marker)
  const actions = nova.actions
    .slice(since + 1)
    .filter(({ action }) => action === 'resize' || action === 'confirmResize' || action === 'reboot')
    .map(({ action, message, userId }) => [action, message, userId])
  const hosts = nova.hosts.map(({ up }) => up)
  return [servers, flavors, migrations, tasks, actions, hosts, nova.quotas, nova.failures]
}

function resizeIdentity({ metadata, spec, status }: DesktopResize, now: number): unknown {
  const { steps = [], startTime, preImage, conditions, ...rest } = status ?? {}
  return [
    ...[metadata.uid, metadata.deletionTimestamp !== undefined, spec.desiredState, spec.decision],
    startTime === undefined ? 'new' : now - Date.parse(startTime) >= (spec.timeoutSeconds ?? 1800) * 1000,
    preImage && [preImage.state, preImage.lock, preImage.lockReason, preImage.flavorName],
    ...[rest.outcome, rest.result?.reason, rest.failure?.reason, rest.to?.size, rest.operation],
    conditions?.map(({ type }) => type),
    steps.map(({ name, state, intentTime, finishTime }) => {
      const matters = finishTime === undefined || name === 'Confirm'
      return [
        name,
        state,
        intentTime && matters && now - Date.parse(intentTime) >= TIMEOUT_MS,
        finishTime !== undefined,
      ]
    }),
  ]
}

/** What has no order of its own. */
function inOrder(values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).toSorted((a, b) => a.localeCompare(b))
}
