import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { reportClosed } from '../../pkg/cloud-objects/closed.ts'
import { readinessOfFailure } from '../../pkg/cloud-objects/failures.ts'
import { readinessOfWait } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Readiness } from '../../pkg/kube/conditions.ts'
import type { Outcome, Report } from '../../pkg/kube/kind.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import { conditionsOf } from './conditions.ts'
import { reasonOf } from './failure-reason.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { statusOf } from './server-facts.ts'
import type { DesktopDecision } from './steps.ts'

/** Status, readiness and conditions of a Desktop after a step. Pure. */
export function report(
  desktop: Desktop,
  observed: Observed,
  step: DesktopDecision,
  outcome: Outcome,
): Report<Desktop> | undefined {
  const readiness = outcome.type === 'Failed' ? failed(outcome.failure) : readinessOf(desktop, observed, step)
  if (observed.state === 'Closed') return reportClosed(observed, readiness, statusFieldsOf(desktop))
  return {
    readiness,
    conditions: conditionsOf(desktop, observed),
    status: statusOf(desktop, observed, step),
  }
}

/** The cloud could not be asked, or a Secret could not be read: what was known stays. */
export function reportUnobserved(desktop: Desktop, failure: Failure): Report<Desktop> {
  return { readiness: failed(failure), status: statusFieldsOf(desktop) }
}

function readinessOf(desktop: Desktop, observed: Observed, step: DesktopDecision): Readiness {
  switch (step.type) {
    case 'Rest':
      return { state: 'Ready', reason: 'Available', message: availableMessage(observed) }
    case 'AwaitCloud':
    case 'Await':
    case 'Stall':
      return readinessOfWait(step)
    case 'AwaitAnswer': {
      const message = `Nova’s answer to the request for the server was lost; in ${step.seconds} s it is told by the tag whether it was made`
      return { state: 'Reconciling', reason: 'Creating', message }
    }
    default: {
      const reason = desktop.metadata.deletionTimestamp === undefined ? 'Updating' : 'Deleting'
      return { state: 'Reconciling', reason, message: 'a change of the server is under way' }
    }
  }
}

function availableMessage(observed: Observed): string {
  const server: ObservedInCloud['server'] = observed.state === 'Ready' ? observed.server : undefined
  return `the server is ${server?.status ?? 'there'} in Nova and as it is wanted`
}

function failed(failure: Failure): Readiness {
  return readinessOfFailure(failure, reasonOf(failure))
}
