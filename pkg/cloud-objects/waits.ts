import type { Readiness } from '../kube/conditions.ts'
import type { Outcome, Step } from '../kube/kind.ts'
import type { InventoryReader } from '../openstack/inventory.ts'
import type { ObservedClosed } from './closed.ts'

/** The cloud cannot be asked; it wakes its objects when it can. */
export interface AwaitCloud extends Step {
  type: 'AwaitCloud'
  /** A reason of the Cloud. */
  reason: string
  message: string
}
/** Something outside must happen. `hurry`: the cloud is at it, so the inventory looks often. */
export interface Await<Reason extends string> extends Step {
  type: 'Await'
  reason: Reason
  message: string
  hurry: boolean
}
/** Only a changed spec or dependency can help. */
export interface Stall<Reason extends string> extends Step {
  type: 'Stall'
  reason: Reason
  message: string
}
/** Everything is as it is wanted. */
export interface Rest extends Step {
  type: 'Rest'
}

/** The steps without effect: an object says why, and waits to be woken. The same in every kind that lives in a cloud. */
export type Wait<Reason extends string> = AwaitCloud | Await<Reason> | Stall<Reason>

/** The step for a cloud that cannot be asked; `consequence` is what that means for this object beyond not knowing. */
export function awaitCloud({ reason, message }: ObservedClosed, consequence = ''): AwaitCloud {
  return { type: 'AwaitCloud', reason, message: `${message}${consequence}` }
}

/** Carries a wait, or rest, out: the inventory looks often only as long as somebody waits for the cloud. */
export function settle(
  step: Wait<string> | Rest,
  key: string,
  inventory: Pick<InventoryReader<unknown>, 'hurry' | 'rest'>,
): Outcome {
  const hurry = step.type === 'Await' && step.hurry
  if (hurry) inventory.hurry(key)
  else inventory.rest(key)
  return step.type === 'Await' ? { type: 'Waiting', brief: hurry } : { type: 'Settled' }
}

/** What a wait says of its object. */
export function readinessOfWait({ type, reason, message }: Wait<string>): Readiness {
  if (type === 'Stall') return { state: 'Stalled', reason, message }
  return { state: 'Reconciling', reason, message, ...(type === 'AwaitCloud' ? { known: false } : {}) }
}
