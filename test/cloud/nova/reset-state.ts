import type { ServerAction } from './action.ts'
import { invalid } from './api-call.ts'
import { requireAdmin } from './caller.ts'
import { save } from './server-save.ts'

/** `os-resetState`: writes the state, whatever is really there; no action is recorded. */
export const resetState: ServerAction<{ state: string }> = {
  check({ caller, args }) {
    requireAdmin(caller, 'os-admin-actions:reset_state')
    if (args.state !== 'active' && args.state !== 'error') throw invalid('state', args.state)
  },
  effect({ state, server, args }) {
    save(state, server, { vmState: args.state === 'active' ? 'active' : 'error', taskState: null })
    return { status: 202 }
  },
}
