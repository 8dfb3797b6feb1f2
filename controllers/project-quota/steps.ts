import type { ProjectQuotaReason } from '../../api/v1alpha1/project-quota.ts'
import type { Rest, Wait } from '../../pkg/cloud-objects/waits.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'
import type { Amounts, HoldEntry } from './observed.ts'

/** Set the limits that differ, and read them back. */
export interface Apply extends Step {
  type: 'Apply'
  projectID: string
  limits: Amounts
}
/** Write the holds of unfinished resizes, and no others. */
export interface CorrectHolds extends Step {
  type: 'CorrectHolds'
  holds: readonly HoldEntry[]
}
/** Put the project back to the cloud's defaults. */
export interface Reset extends Step {
  type: 'Reset'
  projectID: string
}

export type QuotaStep = Wait<ProjectQuotaReason> | Apply | CorrectHolds | Reset | Rest

export type QuotaDecision = QuotaStep | ReleaseFinalizer
