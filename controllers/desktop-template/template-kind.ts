import { DESKTOP_TEMPLATE, finalizerOf } from '../../api/v1alpha1/names.ts'
import type { DesktopTemplate } from '../../api/v1alpha1/objects.ts'
import { settleClosed } from '../../pkg/cloud-objects/closed.ts'
import { settle } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Kind, Outcome, ReconcileContext, Report } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { keyOf, type ResourceType } from '../../pkg/kube/resource.ts'
import { cloudKeyOf, connectedCloud } from '../../pkg/openstack/cloud-access.ts'
import { flavorMarkOf, markOf } from '../../pkg/openstack/mark.ts'
import { makeOwnFlavor, removeOwnFlavors } from '../../pkg/openstack/own-flavor.ts'
import { claimOfKey, type ObserveSources, observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { report, reportUnobserved } from './report.ts'
import type { TemplateDecision, TemplateStep } from './steps.ts'

export const desktopTemplateType: ResourceType<DesktopTemplate> = DESKTOP_TEMPLATE

/** The DesktopTemplate kind as the loop sees it. */
export class DesktopTemplateKind implements Kind<DesktopTemplate, Observed, TemplateStep> {
  readonly type = desktopTemplateType
  readonly finalizer = finalizerOf(DESKTOP_TEMPLATE)
  readonly #sources: ObserveSources

  constructor(sources: ObserveSources) {
    this.#sources = sources
  }

  /** Desktops in the making need it, and its flavor in Nova goes with it. */
  holds(): boolean {
    return true
  }

  async observe(template: DesktopTemplate): Promise<Observed> {
    return observe(template, this.#sources)
  }

  plan(template: DesktopTemplate, observed: Observed): TemplateDecision {
    return plan(template, observed)
  }

  async act(
    step: TemplateStep,
    template: DesktopTemplate,
    observed: Observed,
    { signal }: ReconcileContext,
  ): Promise<Outcome> {
    if (observed.state === 'Closed') return settleClosed(observed)
    const cloud = connectedCloud(this.#sources.registry, cloudKeyOf(template))
    switch (step.type) {
      case 'MakeFlavor':
        await makeOwnFlavor(step.flavor, cloud, signal)
        return done('FlavorCreated', 'Create', `made flavor ${step.flavor.name} in Nova`)
      case 'DeleteFlavors': {
        const { namespace, name } = template.metadata
        const mark = flavorMarkOf('DesktopTemplate', markOf(cloud.ownerID, namespace, name))
        await removeOwnFlavors(step.ids, mark, cloud, signal)
        return done('FlavorsDeleted', 'Delete', `deleted ${step.ids.length} flavors of this template in Nova`)
      }
      default:
        return settle(step, claimOfKey(keyOf(template)), cloud.flavorInventory)
    }
  }

  report(
    template: DesktopTemplate,
    observed: Observed,
    step: TemplateDecision,
    outcome: Outcome,
  ): Report<DesktopTemplate> | undefined {
    return report(template, observed, step, outcome)
  }

  reportUnobserved(template: DesktopTemplate, failure: Failure): Report<DesktopTemplate> {
    return reportUnobserved(template, failure)
  }

  forget(key: string): void {
    const { registry } = this.#sources
    for (const cloudKey of registry.keys()) registry.get(cloudKey)?.flavorInventory.release(claimOfKey(key))
  }
}
