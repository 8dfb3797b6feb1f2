import type { FlavorReason } from '../../api/v1alpha1/flavor.ts'
import type { Flavor } from '../../api/v1alpha1/objects.ts'
import { reportClosed } from '../../pkg/cloud-objects/closed.ts'
import { readinessOfFailure, reasonOfClass } from '../../pkg/cloud-objects/failures.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { readinessOfWait } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Readiness } from '../../pkg/kube/conditions.ts'
import type { Outcome, Report, StatusFields } from '../../pkg/kube/kind.ts'
import { exactQuantity } from '../../pkg/kube/quantity.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import type { FlavorDecision } from './steps.ts'
import { recorded } from './wanted.ts'

type Fields = StatusFields<Flavor>

/** Status and readiness of a Flavor after a step. Pure. */
export function report(
  flavor: Flavor,
  observed: Observed,
  step: FlavorDecision,
  outcome: Outcome,
): Report<Flavor> | undefined {
  const readiness = readinessOf(step, outcome)
  const before = statusFieldsOf(flavor)
  if (observed.state === 'Closed') return reportClosed(observed, readiness, before)
  return { readiness, status: { ...before, ...facts(flavor, observed, step) } }
}

/** The cloud could not be asked: what was known stays. */
export function reportUnobserved(flavor: Flavor, failure: Failure): Report<Flavor> {
  return { readiness: failed(failure), status: statusFieldsOf(flavor) }
}

function readinessOf(step: FlavorDecision, outcome: Outcome): Readiness {
  if (outcome.type === 'Failed') return failed(outcome.failure)
  switch (step.type) {
    case 'Rest':
      return { state: 'Ready', reason: 'Available', message: 'the flavor is in Nova and as it is wanted' }
    case 'AwaitCloud':
    case 'Await':
    case 'Stall':
      return readinessOfWait(step)
    case 'Create':
      return working('Creating', 'the flavor is being made in Nova')
    case 'SetExtraSpecs':
    case 'SetAccess':
      return working('Updating', 'the flavor is being changed in Nova')
    case 'AwaitLateRequest':
      return working(
        'Deleting',
        'a request for the flavor, of before a restart, may still reach Nova; waiting for its end',
      )
    default:
      return working('Deleting', 'the flavor is being deleted in Nova')
  }
}

const working = (reason: FlavorReason, message: string): Readiness => ({ state: 'Reconciling', reason, message })

function failed(failure: Failure): Readiness {
  const reason: FlavorReason = failure.code === 'NameTaken' ? 'NameTaken' : reasonOfClass[failure.class]
  return readinessOfFailure(failure, reason)
}

function facts(flavor: Flavor, { flavor: found, access, refresh }: ObservedInCloud, step: FlavorDecision): Fields {
  const { creates, manages } = effectivePolicy(flavor)
  return {
    origin: creates ? 'Created' : 'Existing',
    ...(found === undefined ? {} : inNova(found)),
    // Once everything is as it is wanted, only what spec names now is ours.
    ...(step.type === 'Rest'
      ? {
          appliedExtraSpecs: recorded(undefined, manages ? Object.keys(flavor.spec.extraSpecs ?? {}) : []),
          appliedProjects: recorded(undefined, access?.wanted ?? []),
        }
      : {}),
    ...(refresh === undefined ? {} : { refreshed: refresh }),
  }
}

function inNova({ id, name, vcpus, ram, disk, swap, ephemeral, is_public }: NovaFlavor): Fields {
  return {
    ...{ id, name, cpus: vcpus },
    memory: exactQuantity(ram * 1024 ** 2),
    disk: exactQuantity(disk * 1024 ** 3),
    swap: swap === 0 ? undefined : exactQuantity(swap * 1024 ** 2),
    ephemeral: ephemeral === 0 ? undefined : exactQuantity(ephemeral * 1024 ** 3),
    access: is_public ? 'Public' : 'Projects',
  }
}
