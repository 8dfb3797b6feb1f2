import { FLAVOR, finalizerOf } from '../../api/v1alpha1/names.ts'
import type { Flavor } from '../../api/v1alpha1/objects.ts'
import { settleClosed } from '../../pkg/cloud-objects/closed.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Kind, Outcome, ReconcileContext, Report } from '../../pkg/kube/kind.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import { FlavorAct } from './act.ts'
import { type ObserveSources, observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { report, reportUnobserved } from './report.ts'
import type { FlavorDecision, FlavorStep } from './steps.ts'
import { recorded } from './wanted.ts'

export const flavorType: ResourceType<Flavor> = FLAVOR

/** The Flavor kind as the loop sees it. */
export class FlavorKind implements Kind<Flavor, Observed, FlavorStep> {
  readonly type = flavorType
  readonly finalizer = finalizerOf(FLAVOR)
  readonly #tools: ObserveSources

  constructor(tools: ObserveSources) {
    this.#tools = tools
  }

  /** A flavor that nobody made here needs no farewell. */
  holds(flavor: Flavor): boolean {
    const { creates, manages } = effectivePolicy(flavor)
    return creates && manages
  }

  async observe(flavor: Flavor, context: ReconcileContext): Promise<Observed> {
    return await observe(flavor, this.#tools, context)
  }

  plan(flavor: Flavor, observed: Observed): FlavorDecision {
    return plan(flavor, observed)
  }

  /** Extra specs and projects that may become ours, before they are applied. The id needs no record: it is derived. */
  intent(step: FlavorStep, { status }: Flavor): Partial<NonNullable<Flavor['status']>> | undefined {
    if (step.type === 'SetExtraSpecs') {
      return { appliedExtraSpecs: recorded(status?.appliedExtraSpecs, Object.keys(step.set)) }
    }
    if (step.type === 'SetAccess') return { appliedProjects: recorded(status?.appliedProjects, step.add) }
    return undefined
  }

  async act(step: FlavorStep, flavor: Flavor, observed: Observed, { signal }: ReconcileContext): Promise<Outcome> {
    // Where the cloud cannot be asked, plan has only steps without effect.
    if (observed.state === 'Closed') return settleClosed(observed)
    return await new FlavorAct(flavor, observed, this.#tools, signal).carryOut(step)
  }

  report(flavor: Flavor, observed: Observed, step: FlavorDecision, outcome: Outcome): Report<Flavor> | undefined {
    return report(flavor, observed, step, outcome)
  }

  reportUnobserved(flavor: Flavor, failure: Failure): Report<Flavor> {
    return reportUnobserved(flavor, failure)
  }

  forget(key: string): void {
    this.#tools.farewell.forget(key)
    for (const cloudKey of this.#tools.registry.keys()) this.#tools.registry.get(cloudKey)?.flavorInventory.release(key)
  }
}
