import { isDeepStrictEqual } from 'node:util'
import type { ProjectQuota } from '../../api/v1alpha1/objects.ts'
import type { ProjectQuotaReason } from '../../api/v1alpha1/project-quota.ts'
import { reportClosed } from '../../pkg/cloud-objects/closed.ts'
import { readinessOfFailure, reasonOfClass } from '../../pkg/cloud-objects/failures.ts'
import { readinessOfWait } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Readiness } from '../../pkg/kube/conditions.ts'
import type { Outcome, Report, StatusFields } from '../../pkg/kube/kind.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import { amountNames } from './limits.ts'
import type { Amounts, HoldEntry, Observed, ObservedInCloud } from './observed.ts'
import type { QuotaDecision } from './steps.ts'

/** Status and readiness of a ProjectQuota after a step. Pure. */
export function report(
  quota: ProjectQuota,
  observed: Observed,
  step: QuotaDecision,
  outcome: Outcome,
): Report<ProjectQuota> | undefined {
  const readiness = readinessOf(step, outcome)
  const before = statusFieldsOf(quota)
  if (observed.state === 'Closed') return reportClosed(observed, readiness, before)
  return { readiness, status: { ...before, ...facts(quota, observed) } }
}

export function reportUnobserved(quota: ProjectQuota, failure: Failure): Report<ProjectQuota> {
  return { readiness: readinessOf({ type: 'Rest' }, { type: 'Failed', failure }), status: statusFieldsOf(quota) }
}

const documented: readonly ProjectQuotaReason[] = ['LimitsManagedElsewhere', 'ProjectAmbiguous']

function readinessOf(step: QuotaDecision, outcome: Outcome): Readiness {
  if (outcome.type === 'Failed') {
    const { failure } = outcome
    const known = documented.find((reason) => reason === failure.code)
    return readinessOfFailure(failure, known ?? reasonOfClass[failure.class])
  }
  switch (step.type) {
    case 'Rest':
      return { state: 'Ready', reason: 'Applied', message: 'Nova and Cinder have these limits' }
    case 'AwaitCloud':
    case 'Await':
    case 'Stall':
      return readinessOfWait(step)
    case 'Reset':
      return { state: 'Reconciling', reason: 'Deleting', message: 'the project goes back to the cloud’s default quota' }
    default:
      return { state: 'Reconciling', reason: 'Applying', message: 'the limits are being set' }
  }
}

function facts(quota: ProjectQuota, observed: ObservedInCloud): StatusFields<ProjectQuota> {
  const { project, limits, used, holds, time, takenBy, refresh } = observed
  const asked = refresh === undefined ? {} : { refreshed: refresh }
  if (project === undefined) return asked
  if (takenBy !== undefined) return { project, ...asked }
  const held = sum(holds)
  const usageTime = isDeepStrictEqual(used, quota.status?.used) ? quota.status?.usageTime : time
  return { project, limits, used, held, available: available(limits, used, held), usageTime, ...asked }
}

function sum(holds: readonly HoldEntry[]): { cpus: number; memoryMiB: number } {
  return holds.reduce(
    (total, { cpus, memoryMiB }) => ({ cpus: total.cpus + cpus, memoryMiB: total.memoryMiB + memoryMiB }),
    { cpus: 0, memoryMiB: 0 },
  )
}

function available(limits: Amounts, used: Amounts, held: Amounts): Amounts {
  const left = amountNames.flatMap((name) => {
    const limit = limits[name]
    if (limit === undefined) return []
    return [[name, limit < 0 ? -1 : Math.max(0, limit - (used[name] ?? 0) - (held[name] ?? 0))]]
  })
  return Object.fromEntries(left)
}
