import type { Reply } from '../http.ts'
import type { Caller } from './caller.ts'
import type { Neighbours } from './ports.ts'
import type { ServerRecord } from './server-record.ts'
import type { ComputeState } from './state.ts'

export interface ActionContext<Args> {
  readonly state: ComputeState
  readonly caller: Caller
  readonly server: ServerRecord
  readonly args: Args
  /** The minor number of the microversion. */
  readonly minor: number
  readonly neighbours: Neighbours
}

/**
 * An action of a server in two halves, as in Nova: what is read and refused, and what is written. Between them other
 * requests may come, and what they change is not looked at again but where Nova does.
 */
export interface ServerAction<Args, Seen = unknown> {
  /** Throws what the caller gets; returns what the second half needs, as plain data. */
  check(context: ActionContext<Args>): Seen
  effect(context: ActionContext<Args>, seen: Seen): Reply
}
