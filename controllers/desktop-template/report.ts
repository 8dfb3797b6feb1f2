import type { DesktopTemplateReason } from '../../api/v1alpha1/desktop-template.ts'
import type { DesktopTemplate } from '../../api/v1alpha1/objects.ts'
import { reportClosed } from '../../pkg/cloud-objects/closed.ts'
import { readinessOfFailure, reasonOfClass } from '../../pkg/cloud-objects/failures.ts'
import { readinessOfWait } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Readiness } from '../../pkg/kube/conditions.ts'
import type { Outcome, Report, StatusFields } from '../../pkg/kube/kind.ts'
import { exactQuantity } from '../../pkg/kube/quantity.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import type { TemplateDecision } from './steps.ts'

/** Status and readiness of a DesktopTemplate after a step. Pure. */
export function report(
  template: DesktopTemplate,
  observed: Observed,
  step: TemplateDecision,
  outcome: Outcome,
): Report<DesktopTemplate> | undefined {
  const readiness = outcome.type === 'Failed' ? failed(outcome.failure) : readinessOf(step)
  const before = statusFieldsOf(template)
  if (observed.state === 'Closed') return reportClosed(observed, readiness, before)
  return { readiness, status: step.type === 'Rest' ? factsOf(observed) : before }
}

/** Nothing could be looked at: what was known stays. */
export function reportUnobserved(template: DesktopTemplate, failure: Failure): Report<DesktopTemplate> {
  return { readiness: failed(failure), status: statusFieldsOf(template) }
}

function readinessOf(step: TemplateDecision): Readiness {
  switch (step.type) {
    case 'Rest':
      return { state: 'Ready', reason: 'Available', message: 'desktops can be made from the template' }
    case 'MakeFlavor':
      return { state: 'Reconciling', reason: 'CreatingFlavor', message: 'the flavor is being made in Nova' }
    case 'DeleteFlavors':
    case 'ReleaseFinalizer':
      return { state: 'Reconciling', reason: 'DeletingFlavor', message: 'a flavor is being deleted in Nova' }
    default:
      return readinessOfWait(step)
  }
}

/** What new desktops are made with. */
function factsOf({ image, flavor }: ObservedInCloud): StatusFields<DesktopTemplate> {
  if ('type' in image || flavor === undefined || 'type' in flavor) return {}
  return {
    imageID: image.id,
    flavorID: flavor.id,
    flavorName: flavor.name,
    cpus: flavor.vcpus,
    memory: exactQuantity(flavor.ram * 1024 ** 2),
    disk: exactQuantity(flavor.disk * 1024 ** 3),
  }
}

function failed(failure: Failure): Readiness {
  const reason: DesktopTemplateReason = failure.code === 'FlavorExists' ? 'NameTaken' : 'Refused'
  const known = failure.code === 'FlavorExists' || failure.class === 'Refused' || failure.class === 'Quota'
  return readinessOfFailure(failure, known ? reason : reasonOfClass[failure.class])
}
