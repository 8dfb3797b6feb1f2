import type { DesktopTemplateReason } from '../../api/v1alpha1/desktop-template.ts'
import type { Await, Rest, Wait } from '../../pkg/cloud-objects/waits.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'
import type { NewFlavor } from '../../pkg/openstack/flavor-service.ts'

/** Something that the template refers to is missing or not ready; whoever makes it so wakes the object. */
export type TemplateWait = Await<DesktopTemplateReason>

/** Make the flavor that the template has for itself; its id derives from the mark and the size. */
export interface MakeFlavor extends Step {
  type: 'MakeFlavor'
  flavor: NewFlavor
}
/** Delete flavors of ours that no desktop can be made with any more. */
export interface DeleteFlavors extends Step {
  type: 'DeleteFlavors'
  ids: readonly string[]
}

export type TemplateStep = Wait<DesktopTemplateReason> | Rest | MakeFlavor | DeleteFlavors
export type TemplateDecision = TemplateStep | ReleaseFinalizer
