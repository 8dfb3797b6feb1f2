import { HttpError } from '../../../test/cloud/http.ts'
import { runTask } from '../../../test/cloud/nova/run-task.ts'
import { act, beginAction, finishAction } from '../../../test/cloud/nova/server-actions.ts'
import { runnableTasks } from '../../../test/cloud/nova/task.ts'
import { Ledger, stepNames } from '../ledger.ts'
import { carryOut } from './in-memory-nova.ts'
import { MEMBER, STRANGER } from './scenario.ts'
import { type Flying, TIMEOUT_MS, type WorldState } from './world-state.ts'

/** Something that happens without the controller. */
export interface Move {
  name: string
  to: WorldState
}

/** Everything that may happen next, beside a turn of the controller. */
export function movesFrom(state: WorldState): Move[] {
  return [...tasks(state), ...arrivals(state), ...crash(state), ...time(state), ...byOthers(state)]
}

function moved(name: string, from: WorldState, change: (state: WorldState) => void): Move {
  const to = structuredClone(from)
  change(to)
  return { name, to }
}

/** Nova's own steps, in any order. */
function tasks(state: WorldState): Move[] {
  return runnableTasks(state.nova)
    .filter(({ type }) => type !== 'reclaim')
    .map(({ id, type }) => moved(`Nova: ${type}`, state, ({ nova }) => runTask(nova, id)))
}

/** A late request arrives: an action of a server is read first and carried out later, whatever happens between. */
function arrivals(state: WorldState): Move[] {
  return state.flying.map(({ call, begun }, index) =>
    moved(`late: ${call.method} ${call.path} ${JSON.stringify(call.body) ?? ''}`, state, (to) => {
      const flying = to.flying[index] as Flying
      const serverId = /^\/servers\/([^/]+)\/action$/.exec(call.path)?.[1]
      if (serverId !== undefined && begun === undefined) {
        const started = attempt(() => beginAction({ ...call, state: to.nova, serverId }))
        if (started !== undefined) {
          flying.begun = started
          return
        }
      } else if (begun !== undefined) attempt(() => finishAction(to.nova, begun))
      else attempt(() => carryOut(call, to.nova))
      to.flying.splice(index, 1)
    }),
  )
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    return undefined
  }
}

/** The process dies while nothing is asked for; what it knew by heart is gone. */
function crash(state: WorldState): Move[] {
  if (Object.keys(state.answers).length === 0) return []
  return [moved('the process dies', state, (to) => (to.answers = {}))]
}

/** The request timeout passes: nothing that was sent can be under way any more. */
function time(state: WorldState): Move[] {
  if (state.flying.length > 0 || state.resize === undefined) return []
  const ledger = new Ledger(state.resize)
  const young = stepNames.some((name) => {
    const sent = ledger.intentTime(name)
    return sent !== undefined && state.now - Date.parse(sent) < TIMEOUT_MS
  })
  return young ? [moved('time passes', state, (to) => (to.now += TIMEOUT_MS))] : []
}

function byOthers(state: WorldState): Move[] {
  return [...new Set(state.others)].flatMap((name) => {
    const change = others[name]
    if (change === undefined) throw new Error(`nobody can ${name}`)
    const to = structuredClone(state)
    to.others.splice(to.others.indexOf(name), 1)
    return change(to) === false ? [] : [{ name: `others: ${name}`, to }]
  })
}

const later = '2026-01-01T01:00:00Z'

/** What people do; false where they cannot, just now. */
const others: Readonly<Record<string, (state: WorldState) => unknown>> = {
  cancel: ({ resize }) => {
    if (resize === undefined) return false
    resize.spec.desiredState = 'Cancelled'
  },
  'delete the resize': ({ resize }) => {
    if (resize === undefined) return false
    resize.metadata.deletionTimestamp = later
  },
  'delete the desktop': ({ desktop }) => {
    if (desktop === undefined) return false
    desktop.metadata.deletionTimestamp = later
  },
  confirm: ({ resize }) => decide(resize, 'Confirm'),
  revert: ({ resize }) => decide(resize, 'Revert'),
  'let the deadline pass': (state) => {
    if (state.flying.length > 0) return false
    state.now += 86_400_000
  },
  lock: ({ nova }) => asServer(nova, { lock: { locked_reason: 'hands off' } }),
  unlock: ({ nova, resize }) => canBeUnlocked(resize) && asServer(nova, { unlock: null }),
  'start the server': ({ nova }) => asServer(nova, { 'os-start': null }),
  'delete the server': ({ nova, flying }) => {
    // What is half way then brings the server of this Nova back to life.
    if (flying.some(({ begun }) => begun !== undefined) || nova.tasks.some(({ type }) => type === 'confirm'))
      return false
    const [id = ''] = Object.keys(nova.servers)
    return attempt(() => carryOut(callOf('DELETE', `/servers/${id}`), nova)) !== undefined
  },
  'fill the quota': ({ nova }) => {
    const { cores, ram } = use(nova)
    nova.quotas['sales'] = { ...nova.quotas['sales'], cores, ram }
  },
  'empty the quota': ({ nova }) => {
    delete nova.quotas['sales']
  },
  'take the host down': ({ nova }) => up(nova, false),
  'bring the host up': ({ nova }) => up(nova, true),
  'lose the status': ({ resize }) => {
    if (resize?.status === undefined) return false
    delete resize.status
  },
  'make the resize again': (state) => {
    const { resize } = state
    if (resize === undefined || state.flying.length > 0) return false
    const { deletionTimestamp: _, ...metadata } = resize.metadata
    state.resize = { metadata: { ...metadata, uid: 'second-uid' }, spec: resize.spec }
    state.answers = {}
    // As the controller of ProjectQuotas does with holds of objects that are no more.
    if (state.quota?.status !== undefined) state.quota.status.holds = []
  },
}

function decide(resize: WorldState['resize'], decision: 'Confirm' | 'Revert'): boolean {
  if (resize === undefined || resize.spec.decision !== undefined) return false
  resize.spec.decision = decision
  return true
}

/** Before it is on record, or after the outcome, the lock is not the resize's to see to. */
function canBeUnlocked(resize: WorldState['resize']): boolean {
  return resize?.status?.preImage !== undefined && resize.status.outcome === undefined
}

function callOf(method: string, path: string, body?: unknown) {
  return { method, path, body, minor: 96, caller: STRANGER }
}

function asServer(nova: WorldState['nova'], body: unknown): boolean {
  const [serverId = ''] = Object.keys(nova.servers)
  return attempt(() => act({ state: nova, caller: STRANGER, minor: 96, serverId, body })) !== undefined
}

export function use(nova: WorldState['nova']): { cores: number; ram: number } {
  const { body } = carryOut({ ...callOf('GET', '/os-quota-sets/sales/detail'), caller: MEMBER }, nova)
  const { quota_set } = body as { quota_set: Record<'cores' | 'ram', { in_use: number }> }
  return { cores: quota_set.cores.in_use, ram: quota_set.ram.in_use }
}

function up(nova: WorldState['nova'], isUp: boolean): boolean {
  const [server] = Object.values(nova.servers)
  const host = nova.hosts.find(({ name }) => name === server?.host)
  if (host === undefined || host.up === isUp) return false
  host.up = isUp
  return true
}
