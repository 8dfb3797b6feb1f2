import { isOurLock } from '../identity.ts'
import type { ResizeDecision } from '../steps.ts'
import { OLD, OPERATOR, type Scenario } from './scenario.ts'
import type { WorldState } from './world-state.ts'

/** A state in which nothing more happens by itself. */
export interface Ending {
  state: WorldState
  decision: ResizeDecision | undefined
}

/** What must hold at every moment. Undefined: it does. */
export function brokenPromise({ nova }: WorldState): string | undefined {
  const ours = nova.actions.filter(({ userId }) => userId === OPERATOR.userId)
  const asked = ['resize', 'confirmResize', 'reboot'].map((name) => ours.filter(({ action }) => action === name).length)
  const [resizes = 0, confirms = 0, reboots = 0] = asked
  if (resizes > 1) return `${resizes} resizes were accepted`
  if (confirms > 1) return `${confirms} confirms were accepted`
  return reboots > 1 ? `${reboots} hard reboots` : undefined
}

/** What must hold in the end. Undefined: it does. */
export function wrongEnding({ state, decision }: Ending, scenario: Scenario): string | undefined {
  const { outcome, result } = state.resize?.status ?? {}
  if (state.resize !== undefined && outcome === undefined) return mayWait({ state, decision }, scenario)
  if (outcome !== undefined && !(scenario.outcomes ?? ['Succeeded']).includes(outcome)) return `it ends ${outcome}`
  if (isBroughtBack(state)) return leftovers(state)
  const server = serverOf(state)
  // Its flavor is the Desktop's by then, and goes with it.
  if (server === undefined && outcome === 'Succeeded') return leftovers(state)
  if (server === undefined || result?.reason === 'ServerGone') return leftovers(state) ?? flavorLeft(state)
  return (
    sizeIsWrong(state) ??
    leftovers(state) ??
    flavorsAreWrong(state, scenario) ??
    powerIsWrong(state, scenario) ??
    lockIsWrong(state, scenario)
  )
}

/** Without an outcome it may only wait for people, for room, or for hosts. */
function mayWait({ state, decision }: Ending, { to }: Scenario): string | undefined {
  const { nova, resize } = state
  const grows = to === undefined || to.cpus > OLD.cpus || to.memoryMiB > OLD.memoryMiB
  if (decision?.type === 'Hold' && grows && nova.quotas[OPERATOR.projectId] !== undefined) return undefined
  const reason = decision !== undefined && 'reason' in decision ? decision.reason : ''
  const undecided = reason === 'AwaitingDecision' && resize?.spec.decision === undefined
  if (undecided || (decision?.type === 'Await' && nova.hosts.some(({ up }) => !up))) return undefined
  return `it never ends: ${decision?.type} ${reason}`
}

function serverOf({ nova }: WorldState) {
  const [server] = Object.values(nova.servers)
  return server?.vmState === 'soft-delete' || server?.vmState === 'deleted' ? undefined : server
}

/** Somebody deleted the server, and the resize that went on meanwhile brought it back: whatever its flavor is now. */
function isBroughtBack({ nova, resize }: WorldState): boolean {
  const [server] = Object.values(nova.servers)
  const isBroken = server?.vmState === 'error' && server.deletedAt !== null
  return isBroken && ['ServerGone', 'RecoveryRequired'].includes(resize?.status?.result?.reason ?? '')
}

function sizeIsWrong(state: WorldState): string | undefined {
  const { outcome, result } = state.resize?.status ?? {}
  const isNew = serverOf(state)?.flavor.name !== 'old'
  if (outcome === 'Succeeded') return isNew ? undefined : 'it says Succeeded, and the size is the old one'
  const open = outcome === undefined || outcome === 'Skipped' || outcome === 'Unchanged'
  if (open || result?.reason === 'RecoveryRequired') return undefined
  return isNew ? `it says ${outcome}, and the size is the new one` : undefined
}

function leftovers({ quota, desktop }: WorldState): string | undefined {
  if ((quota?.status?.holds ?? []).length > 0) return 'a hold is left'
  return desktop?.status?.activeOperation === undefined ? undefined : 'the desktop is still taken'
}

function made({ nova }: WorldState) {
  return nova.flavors.filter(({ name }) => name.startsWith('auxo-resize-'))
}

function flavorLeft(state: WorldState): string | undefined {
  const [left] = made(state)
  return left && `the flavor ${left.name} is left`
}

function flavorsAreWrong(state: WorldState, { ownFlavor }: Scenario): string | undefined {
  const server = serverOf(state)
  const isNew = server?.flavor.name !== 'old'
  if (!isNew) return flavorLeft(state)
  const [flavor, second] = made(state)
  if (flavor?.id !== server?.flavor.id) return 'the flavor of the server is gone'
  if (second !== undefined) return 'two flavors were made'
  const oldIsThere = state.nova.flavors.some(({ id }) => id === 'old')
  if (oldIsThere && ownFlavor && state.resize?.status?.outcome === 'Succeeded') return 'the old flavor is left'
  return oldIsThere || ownFlavor ? undefined : 'the old flavor is gone, and it was everybody’s'
}

function powerIsWrong(state: WorldState, { stopped }: Scenario): string | undefined {
  const server = serverOf(state)
  if (server?.vmState === 'error' && state.resize?.status?.result?.reason === 'RecoveryRequired') return undefined
  const wanted = stopped ? 'stopped' : 'active'
  return server?.vmState === wanted ? undefined : `the server is ${server?.vmState}, and was ${wanted}`
}

function lockIsWrong(state: WorldState, { locked, others = [] }: Scenario): string | undefined {
  const server = serverOf(state)
  const reason = server?.lockedReason ?? undefined
  if (['resize-uid', 'second-uid'].some((uid) => isOurLock(reason, uid))) return 'our lock is left'
  const strangerLocked = others.includes('lock') && !state.others.includes('lock')
  if (strangerLocked && reason === 'hands off') return undefined
  if (locked) return reason === 'kept' ? undefined : `the Desktop’s own lock is lost: ${reason}`
  return server?.lockedBy === null ? undefined : `it is locked: ${reason}`
}
