import { SYNCHRONIZED_LABEL } from '../../api/v1alpha1/names.ts'
import type { Metadata } from '../../api/v1alpha1/objects.ts'

/** What is wanted of a cloud's things: none, the project's, or all that the project can see. */
export type SynchronizationPolicy = 'None' | 'Project' | 'All'

interface Holder {
  metadata: Metadata
}

/** What is known of one thing in a cloud and of the objects that hold it. */
export interface SynchronizationView<O extends Holder> {
  policy: SynchronizationPolicy
  cloudName: string
  projectID: string
  /** Whether the thing can be used, and whose it is; undefined where the service has it no more. */
  found: { usable: boolean; projectID: string | undefined } | undefined
  /** Objects of the namespace that hold it, by id or by our mark. */
  holders: readonly O[]
}

export type SynchronizationStep<O extends Holder> =
  | { type: 'Make' }
  /** Delete an object of ours, unless a user set fields on it or something uses it. */
  | { type: 'Withdraw'; object: O; because: 'Taken' | 'Gone' }
  | { type: 'Nothing' }

/**
 * What to do for one thing. Pure. A user's own object for it wins; an object goes with its thing; turning
 * synchronisation off, or narrowing it, removes nothing.
 */
export function decide<O extends Holder>(view: SynchronizationView<O>): SynchronizationStep<O> {
  const { policy, cloudName, projectID, found } = view
  const living = view.holders.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const ours = living.find((object) => isOurs(object, cloudName))
  const users = living.some((object) => !isOurs(object, cloudName))
  if (ours !== undefined && users) return { type: 'Withdraw', object: ours, because: 'Taken' }
  if (ours !== undefined && found === undefined) return { type: 'Withdraw', object: ours, because: 'Gone' }
  if (living.length > 0 || !found?.usable || policy === 'None') return { type: 'Nothing' }
  return policy === 'All' || found.projectID === projectID ? { type: 'Make' } : { type: 'Nothing' }
}

function isOurs({ metadata }: Holder, cloudName: string): boolean {
  return metadata.labels?.[SYNCHRONIZED_LABEL] === cloudName
}
