import { isDeepStrictEqual } from 'node:util'
import type { ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import { amountNames, differing, wantedLimits } from './limits.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import type { QuotaDecision } from './steps.ts'

/** Exactly one next step. Pure. */
export function plan(quota: ProjectQuota, observed: Observed): QuotaDecision {
  if (observed.state === 'Closed') return awaitCloud(observed)
  if (quota.metadata.deletionTimestamp !== undefined) return planDeletion(quota, observed)
  const { project, takenBy, holds, limits } = observed
  if (project === undefined) {
    const { name, id } = quota.spec.project
    const message = `Keystone knows no project ${name ?? id}, or the credential may not see it`
    return { type: 'Await', reason: 'ProjectNotFound', message, hurry: false }
  }
  if (takenBy !== undefined) {
    const message = `ProjectQuota "${takenBy}" is older and counts for the same project; delete one of the two`
    return { type: 'Stall', reason: 'QuotaTaken', message }
  }
  if (!isDeepStrictEqual(holds, quota.status?.holds ?? [])) return { type: 'CorrectHolds', holds }
  const missing = differing(wantedLimits(quota), limits)
  if (Object.keys(missing).length === 0) return { type: 'Rest' }
  return belowUse(quota, observed) ?? { type: 'Apply', projectID: project.id, limits: missing }
}

/** Cinder takes any limit; below what is in use is refused here, for both services alike. */
function belowUse(quota: ProjectQuota, { limits, used }: ObservedInCloud): QuotaDecision | undefined {
  if (quota.spec.force === true) return undefined
  const wanted = wantedLimits(quota)
  const below = amountNames.filter((name) => {
    const [limit, use] = [wanted[name], used[name]]
    return limit !== undefined && limit >= 0 && use !== undefined && limit < use && limits[name] !== limit
  })
  if (below.length === 0) return undefined
  const what = below.map((name) => `${name} ${wanted[name]} is less than the ${used[name]} in use`).join(', ')
  const message = `${what}; raise the limit, free something, or set force`
  return { type: 'Await', reason: 'BelowUse', message, hurry: false }
}

/** Limits stay where they are, unless spec says that the project goes back to the cloud's defaults. */
function planDeletion(quota: ProjectQuota, { project, takenBy, limits }: ObservedInCloud): QuotaDecision {
  const ours = project !== undefined && takenBy === undefined && quota.status?.limits !== undefined
  if (quota.spec.deletionPolicy !== 'Delete' || !ours) return { type: 'ReleaseFinalizer' }
  const isSet = Object.keys(differing(wantedLimits(quota), limits)).length === 0
  return isSet ? { type: 'Reset', projectID: project.id } : { type: 'ReleaseFinalizer' }
}
