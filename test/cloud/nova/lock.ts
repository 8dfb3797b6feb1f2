import { HttpError } from '../http.ts'
import type { ServerAction } from './action.ts'
import { recordAction, recordEvent } from './action-record.ts'
import { forbidden, requireMember } from './caller.ts'
import { save } from './server-save.ts'

/** Longest reason that Nova takes. */
const LONGEST_REASON = 255

/**
 * `lock` proves nothing: within the server's own project a lock on a locked server is accepted and changes nothing; an
 * administrator of another project replaces whatever lock is there.
 */
export const lock: ServerAction<{ locked_reason?: string } | null> = {
  check({ caller, args, minor }) {
    requireMember(caller, 'os-lock-server:lock')
    if (args === null) return
    const reason = args.locked_reason
    const isGood = typeof reason === 'string' && reason.length > 0 && reason.length <= LONGEST_REASON
    if (minor >= 73 && !isGood) {
      throw new HttpError(400, `Invalid input for field/attribute lock. Value: ${JSON.stringify(args)}.`)
    }
  },
  effect({ state, caller, server, args, minor }) {
    const isOwner = server.projectId === caller.projectId
    if (server.lockedBy !== null && isOwner) return { status: 202 }
    const actionId = recordAction(state, caller, server.id, 'lock')
    const reason = minor >= 73 ? args?.locked_reason : undefined
    save(state, server, {
      lockedBy: isOwner ? 'owner' : 'admin',
      ...(reason !== undefined && { lockedReason: reason }),
    })
    recordEvent(state, actionId, { event: 'api_lock', host: 'controller' })
    return { status: 202 }
  },
}

/** `unlock`: members may end only the locks of their own project, whoever of it made them. */
export const unlock: ServerAction<null> = {
  check({ caller, server }) {
    requireMember(caller, 'os-lock-server:unlock')
    const expected = server.projectId === caller.projectId ? 'owner' : 'admin'
    if (server.lockedBy !== null && server.lockedBy !== expected && !caller.isAdmin) {
      throw forbidden('os-lock-server:unlock:unlock_override')
    }
  },
  effect({ state, caller, server }) {
    const actionId = recordAction(state, caller, server.id, 'unlock')
    save(state, server, { lockedBy: null, lockedReason: null })
    recordEvent(state, actionId, { event: 'api_unlock', host: 'controller' })
    return { status: 202 }
  },
}
