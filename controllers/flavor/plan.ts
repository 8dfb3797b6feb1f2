import type { Flavor } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { planDeletion } from './plan-deletion.ts'
import type { FlavorDecision, FlavorStep } from './steps.ts'
import { accessChanges, differences, extraSpecChanges, nameInNova } from './wanted.ts'

/** Exactly one next step. Pure. */
export function plan(flavor: Flavor, observed: Observed): FlavorDecision {
  if (flavor.metadata.deletionTimestamp !== undefined) return planDeletion(flavor, observed)
  if (observed.state === 'Closed') return awaitCloud(observed)
  if (observed.takenBy !== undefined) {
    const message = `Flavor "${observed.takenBy}" holds the same flavor; delete one of the two objects`
    return { type: 'Stall', reason: 'FlavorTaken', message }
  }
  const { creates, manages } = effectivePolicy(flavor)
  return creates && manages ? planCreated(flavor, observed) : planFound(flavor, observed, manages)
}

/** A flavor that is there by itself: found, watched, and changed only where a user made it Managed. */
function planFound(flavor: Flavor, observed: ObservedInCloud, manages: boolean): FlavorStep {
  const { flavor: found } = observed
  if (found === undefined) return flavor.status?.id === undefined ? notFound(flavor) : gone(flavor.status.id)
  return manages ? planContents(flavor, found, observed) : { type: 'Rest' }
}

/** A flavor of our own making. */
function planCreated(flavor: Flavor, observed: ObservedInCloud): FlavorStep {
  const { flavor: found, ownID, nameTakenBy } = observed
  if (found === undefined) {
    if (nameTakenBy === undefined) return { type: 'Create', id: ownID }
    const message = `flavor ${nameTakenBy} is called "${nameInNova(flavor)}" already; make a new Flavor with another flavorName, or refer to that one by existing`
    return { type: 'Stall', reason: 'NameTaken', message }
  }
  const different = differences(flavor, found)
  if (different.length === 0) return planContents(flavor, found, observed)
  const message = `flavor ${found.id} cannot be changed: ${different.join(', ')}; delete it in Nova, or make a new Flavor`
  return { type: 'Stall', reason: 'FlavorDiffers', message }
}

/** What can be changed of a flavor: extra specs and access. */
function planContents(flavor: Flavor, found: NovaFlavor, { access }: ObservedInCloud): FlavorStep {
  const specs = extraSpecChanges(flavor, found)
  if (Object.keys(specs.set).length > 0 || specs.remove.length > 0) {
    return { type: 'SetExtraSpecs', id: found.id, ...specs }
  }
  if (access === undefined) return { type: 'Rest' }
  if (access.unknown.length > 0) {
    const message = `Keystone has no project ${access.unknown.join(', ')} that the credential can see; correct spec.access.projects, or make it`
    return { type: 'Await', reason: 'ProjectNotFound', message, hurry: false }
  }
  const changes = accessChanges(flavor, access)
  if (changes.add.length > 0 || changes.remove.length > 0) return { type: 'SetAccess', id: found.id, ...changes }
  return { type: 'Rest' }
}

function notFound({ spec }: Flavor): FlavorStep {
  const { id, name } = spec.existing ?? {}
  const what = id === undefined ? `called "${name}"` : `with id ${id}`
  const message = `no flavor ${what} is visible to the project; waiting for it to appear`
  return { type: 'Await', reason: 'FlavorNotFound', message, hurry: false }
}

function gone(id: string): FlavorStep {
  const message = `flavor ${id} was in Nova and is no longer; delete this object, or make the flavor again`
  return { type: 'Await', reason: 'FlavorGone', message, hurry: false }
}
