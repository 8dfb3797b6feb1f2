import type { DesktopResizeReason } from '../../api/v1alpha1/desktop-resize-reasons.ts'
import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import { reportClosed } from '../../pkg/cloud-objects/closed.ts'
import { readinessOfFailure } from '../../pkg/cloud-objects/failures.ts'
import { readinessOfWait } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import { conditionOf, type Readiness, type WantedCondition } from '../../pkg/kube/conditions.ts'
import type { Outcome, Report, StatusFields } from '../../pkg/kube/kind.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import { Ledger } from './ledger.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { progress } from './record.ts'
import { situationOf } from './situation.ts'
import type { ResizeDecision } from './steps.ts'

/** Status, readiness and conditions of a DesktopResize after a step. Pure. */
export function report(
  resize: DesktopResize,
  observed: Observed,
  step: ResizeDecision,
  outcome: Outcome,
): Report<DesktopResize> | undefined {
  const readiness = readinessOf(resize, step, outcome)
  const known = statusFieldsOf(resize)
  if (observed.state === 'Closed') return reportClosed(observed, readiness, known)
  const conditions = [succeeded(resize, readiness), ...warnings(resize, observed)]
  return { readiness, conditions, status: { ...known, ...stepsNow(resize, observed) } }
}

/** Nothing could be looked at: what was known stays. */
export function reportUnobserved(resize: DesktopResize, failure: Failure): Report<DesktopResize> {
  const readiness = failedReadiness(failure)
  return { readiness, conditions: [succeeded(resize, readiness)], status: statusFieldsOf(resize) }
}

function readinessOf(resize: DesktopResize, step: ResizeDecision, outcome: Outcome): Readiness {
  if (outcome.type === 'Failed') return failedReadiness(outcome.failure)
  switch (step.type) {
    case 'Rest':
      return ended(resize)
    case 'AwaitCloud':
    case 'Await':
    case 'Stall':
      return readinessOfWait(step)
    default:
      return { state: 'Reconciling', reason: 'Pending', message: 'the resize is at work' }
  }
}

/** While it works nothing is stalled: whatever fails is waited for, or ends with an outcome. */
function failedReadiness(failure: Failure): Readiness {
  const { reason, message } = readinessOfFailure(failure)
  return { state: 'Reconciling', reason, message }
}

/** As it was asked for, or not: then only another object, or a person, can help. */
function ended({ status }: DesktopResize): Readiness {
  const { reason, message } = told(status)
  const asAsked = ['Succeeded', 'Unchanged', 'Skipped', 'Cancelled', 'Reverted'].includes(status?.outcome ?? '')
  return { state: asAsked ? 'Ready' : 'Stalled', reason, message }
}

/** Reason and message of the outcome, as they were put on record with it. */
function told(status: DesktopResize['status']): { reason: DesktopResizeReason; message: string } {
  const { reason = 'Failed', message = '' } = status?.result ?? {}
  return { reason: reason as DesktopResizeReason, message }
}

function succeeded(resize: DesktopResize, { reason, message }: Readiness): WantedCondition {
  const { outcome } = resize.status ?? {}
  if (outcome === undefined) return { type: 'Succeeded', status: 'Unknown', reason, message }
  const good = outcome === 'Succeeded' || outcome === 'Unchanged' || outcome === 'Skipped'
  return { type: 'Succeeded', status: good ? 'True' : 'False', ...told(resize.status) }
}

/** What is to be known beside the outcome. What an ended resize said of itself stays. */
function warnings(resize: DesktopResize, observed: Observed): WantedCondition[] {
  if (observed.state !== 'Ready') {
    const advisoryBefore = conditionOf(resize, 'LockIsAdvisory')
    const { reason, message } = told(resize.status)
    return [
      ...(advisoryBefore === undefined ? [] : [advisoryBefore]),
      ...(reason === 'RecoveryRequired' ? [{ type: reason, status: 'True' as const, reason, message }] : []),
    ]
  }
  return observed.lockIsAdvisory && new Ledger(resize).sent('Lock') ? [advisory] : []
}

const advisory: WantedCondition = {
  type: 'LockIsAdvisory',
  status: 'True',
  reason: 'LockIsAdvisory',
  message:
    'members of the project can unlock the server; give the Cloud a credential of another project, and spec.project',
}

function stepsNow(resize: DesktopResize, observed: Observed): StatusFields<DesktopResize> {
  if (observed.state !== 'Ready' || resize.status?.steps === undefined) return {}
  const situation = situationOf(resize, observed)
  const { migration } = observed.evidence
  return {
    steps: situation.ledger.with(progress(situation)),
    ...holdOf(observed),
    ...(migration === undefined ? {} : { migrationID: migration.id }),
  }
}

function holdOf({ quota }: ObservedInCloud): StatusFields<DesktopResize> {
  if (quota.type === 'Unmanaged' || quota.hold === undefined) return { hold: undefined }
  return { hold: { quota: quota.name, ...quota.hold } }
}
