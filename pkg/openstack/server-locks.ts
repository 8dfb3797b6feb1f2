import type { ServerActions } from './server-actions.ts'

/**
 * How servers are locked for others. Within a server's own project every member may take a lock off again; a token of
 * another project makes it an administrator's lock.
 */
export interface ServerLocks {
  /** `lock` and `unlock` with the token that is best for them. */
  actions: Pick<ServerActions, 'lock' | 'unlock'>
  /** The token is of the servers' own project: members can unlock. */
  advisory: boolean
}
