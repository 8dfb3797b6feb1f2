import { HttpError, type Reply } from '../http.ts'
import type { ServerAction } from './action.ts'
import { type ApiCall, invalid, isObject, onlyKeys } from './api-call.ts'
import type { Caller } from './caller.ts'
import { forceDelete, restore } from './deletion.ts'
import { addSecurityGroup, removeSecurityGroup } from './interfaces.ts'
import { lock, unlock } from './lock.ts'
import { NO_NEIGHBOURS } from './no-neighbours.ts'
import type { Neighbours } from './ports.ts'
import { pause, reboot, resume, start, stop, suspend, unpause } from './power.ts'
import { resetState } from './reset-state.ts'
import { confirmResize, migrate, resize, revertResize } from './resize.ts'
import { findServer } from './server-find.ts'
import { unexpected } from './server-save.ts'
import { shelve, shelveOffload, unshelve } from './shelve.ts'
import type { ComputeState } from './state.ts'

interface Entry {
  // biome-ignore lint/suspicious/noExplicitAny: each action has its own arguments; `keys` and `check` look at them
  readonly action: ServerAction<any, any>
  /** What the action's value may be: null or anything, or an object with these keys, the first of them required. */
  readonly keys?: readonly string[]
}

const ACTIONS: Readonly<Record<string, Entry>> = {
  'os-start': { action: start },
  'os-stop': { action: stop },
  reboot: { action: reboot, keys: ['type'] },
  pause: { action: pause },
  unpause: { action: unpause },
  suspend: { action: suspend },
  resume: { action: resume },
  shelve: { action: shelve },
  shelveOffload: { action: shelveOffload },
  unshelve: { action: unshelve },
  lock: { action: lock },
  unlock: { action: unlock },
  resize: { action: resize, keys: ['flavorRef', 'OS-DCF:diskConfig'] },
  migrate: { action: migrate },
  confirmResize: { action: confirmResize },
  revertResize: { action: revertResize },
  'os-resetState': { action: resetState, keys: ['state'] },
  forceDelete: { action: forceDelete },
  restore: { action: restore },
  addSecurityGroup: { action: addSecurityGroup, keys: ['name'] },
  removeSecurityGroup: { action: removeSecurityGroup, keys: ['name'] },
}

/** An action whose first half is done; plain data. */
export interface BegunAction {
  readonly name: string
  readonly serverId: string
  readonly caller: Caller
  readonly minor: number
  readonly args: unknown
  readonly seen: unknown
}

export type ActionCall = Pick<ApiCall, 'state' | 'caller' | 'minor' | 'body'> & {
  readonly serverId: string
  readonly neighbours?: Neighbours
}

/** The half of `POST /servers/{id}/action` that reads and refuses. Other requests may come before `finishAction`. */
export function beginAction({ state, caller, minor, body, serverId, ...rest }: ActionCall): BegunAction {
  const [name = '', ...others] = isObject(body) ? Object.keys(body) : []
  const entry = ACTIONS[name]
  if (!entry || others.length > 0) throw new HttpError(400, `There is no such action: ${name}`)
  const args = isObject(body) ? body[name] : undefined
  if (entry.keys) checkArguments(name, args, entry.keys)
  const { neighbours = NO_NEIGHBOURS } = rest
  const server = findServer(state, caller, serverId)
  const seen = entry.action.check({ state, caller, minor, args: args ?? null, server, neighbours })
  return { name, serverId: server.id, caller, minor, args: args ?? null, seen }
}

function checkArguments(name: string, args: unknown, keys: readonly string[]): void {
  if (!isObject(args)) throw invalid(name, args)
  onlyKeys(args, name, keys)
  const [required = ''] = keys
  const value = args[required]
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid(required, value)
}

/** The half that writes. */
export function finishAction(state: ComputeState, begun: BegunAction, neighbours: Neighbours = NO_NEIGHBOURS): Reply {
  const { name, caller, minor, args, seen } = begun
  const server = state.servers[begun.serverId]
  const action = ACTIONS[name]?.action
  if (!server || !action) throw unexpected('nova.exception.InstanceNotFound')
  return action.effect({ state, caller, minor, args, server, neighbours }, seen)
}

/** A whole action, with nobody between its halves. */
export function act(call: ActionCall): Reply {
  return finishAction(call.state, beginAction(call), call.neighbours)
}
