import type { FlavorReason } from '../../api/v1alpha1/flavor.ts'
import type { AwaitLateRequest, ProveAbsence } from '../../pkg/cloud-objects/absence.ts'
import type { Rest, Wait } from '../../pkg/cloud-objects/waits.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'

/** Make the flavor, under the id that only this object's mark and size yield. */
export interface Create extends Step {
  type: 'Create'
  id: string
}
/** Set and take away extra specs; the keys that become ours are on record before. */
export interface SetExtraSpecs extends Step {
  type: 'SetExtraSpecs'
  id: string
  set: Record<string, string>
  remove: string[]
}
/** Let projects use the flavor, or no longer, by id; those that become ours are on record before. */
export interface SetAccess extends Step {
  type: 'SetAccess'
  id: string
  add: string[]
  remove: string[]
}
export interface Delete extends Step {
  type: 'Delete'
  id: string
}
export type FlavorStep =
  | Wait<FlavorReason>
  | Create
  | SetExtraSpecs
  | SetAccess
  | Delete
  | ProveAbsence
  | AwaitLateRequest
  | Rest

export type FlavorDecision = FlavorStep | ReleaseFinalizer
