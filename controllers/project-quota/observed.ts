import type { ProjectQuota } from '../../api/v1alpha1/objects.ts'
import type { ObservedClosed } from '../../pkg/cloud-objects/closed.ts'

/** Limits or use, in the words of the API; a service that is not there leaves its own out. */
export interface Amounts {
  instances?: number
  cpus?: number
  memoryMiB?: number
  volumes?: number
  storageGiB?: number
}

export type HoldEntry = NonNullable<NonNullable<ProjectQuota['status']>['holds']>[number]

/** What is known when the cloud can be asked. */
export interface ObservedInCloud {
  state: 'Ready'
  /** The project, as Keystone knows it. */
  project: { id: string; name: string } | undefined
  /** Name of the ProjectQuota that counts for the project instead of this one. */
  takenBy: string | undefined
  /** As Nova and Cinder tell them; -1 is no limit. */
  limits: Amounts
  used: Amounts
  /** What the holds shall be: those of unfinished resizes. */
  holds: readonly HoldEntry[]
  /** Now, RFC 3339. */
  time: string
  refresh: string | undefined
}

export type Observed = ObservedInCloud | ObservedClosed
