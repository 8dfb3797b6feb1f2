import type { ObservedAbsence } from '../../pkg/cloud-objects/absence.ts'
import type { ObservedClosed } from '../../pkg/cloud-objects/closed.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'

/** What is known when the cloud can be asked. */
export interface ObservedInCloud extends ObservedAbsence {
  state: 'Ready'
  /** Our mark for the flavor of this object. */
  mark: string
  /** The id that a flavor of this object's making has. */
  ownID: string
  /** The flavor that this object means, if it is there. */
  flavor: NovaFlavor | undefined
  /** Id of another flavor that has the name which this one shall have. */
  nameTakenBy: string | undefined
  /** Name of another Flavor object that holds the same flavor with a better right. */
  takenBy: string | undefined
  /** Who may use the flavor, where spec or an earlier spec says something about it. */
  access: ObservedAccess | undefined
  /** Objects that need the flavor, `Kind/name`. */
  usedBy: readonly string[]
  /** A new value of the refresh annotation, not obeyed yet. */
  refresh: string | undefined
}

/** Projects by id. */
export interface ObservedAccess {
  /** Those that Nova lets use it. */
  granted: readonly string[]
  /** Those that spec names. */
  wanted: readonly string[]
  /** What spec names and Keystone does not know, as spec says it. */
  unknown: readonly string[]
}

export type Observed = ObservedInCloud | ObservedClosed
