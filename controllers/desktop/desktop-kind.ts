import { DESKTOP, finalizerOf } from '../../api/v1alpha1/names.ts'
import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { settleClosed } from '../../pkg/cloud-objects/closed.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import type { Kind, Outcome, ReconcileContext, Report, StatusFields } from '../../pkg/kube/kind.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import { cloudKeyOf, connectedCloud } from '../../pkg/openstack/cloud-access.ts'
import { DesktopActor } from './act.ts'
import { claimOfKey } from './claim.ts'
import { observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { report, reportUnobserved } from './report.ts'
import type { ObserveSources } from './sources.ts'
import type { DesktopDecision, DesktopStep } from './steps.ts'
import { appliedUnion, withVolume } from './wanted.ts'

export const desktopType: ResourceType<Desktop> = DESKTOP

/** The Desktop kind as the loop sees it. */
export class DesktopKind implements Kind<Desktop, Observed, DesktopStep> {
  readonly type = desktopType
  readonly finalizer = finalizerOf(DESKTOP)
  /** A DesktopResize's controller takes the desktop, and keeps account of what was carried out. */
  readonly foreignStatus = ['activeOperation', 'executedResizes']
  readonly #sources: ObserveSources
  readonly #actor: DesktopActor

  constructor(sources: ObserveSources & { client: KubeClient }) {
    this.#sources = sources
    this.#actor = new DesktopActor(sources)
  }

  /** A server that nobody made here needs no farewell, unless a resize has it. */
  holds(desktop: Desktop): boolean {
    const { creates, manages } = effectivePolicy(desktop)
    return (creates && manages) || desktop.status?.activeOperation !== undefined
  }

  async observe(desktop: Desktop, { signal }: ReconcileContext): Promise<Observed> {
    return await observe(desktop, this.#sources, signal)
  }

  plan(desktop: Desktop, observed: Observed): DesktopDecision {
    return plan(desktop, observed)
  }

  /** The attempt before POST, since Nova chooses the id; what may become ours before it is applied. */
  intent(step: DesktopStep, desktop: Desktop): Partial<StatusFields<Desktop>> | undefined {
    if (step.type === 'Launch') {
      const { attempt, startTime, pin } = step
      const fresh = { id: undefined, launchedTime: undefined, ...(pin === undefined ? {} : { template: pin }) }
      return { ...applying(desktop), ...fresh, creation: { attempt, startTime } }
    }
    if (step.type === 'AttachVolume') return { appliedVolumes: withVolume(desktop, step.volume) }
    const applies = step.type === 'ChangeMetadata' || step.type === 'ChangeSecurityGroups'
    return applies ? applying(desktop) : undefined
  }

  async act(step: DesktopStep, desktop: Desktop, observed: Observed, { signal }: ReconcileContext): Promise<Outcome> {
    if (observed.state === 'Closed') return settleClosed(observed)
    const cloud = connectedCloud(this.#sources.registry, cloudKeyOf(desktop))
    return await this.#actor.act(step, desktop, { observed, cloud, signal })
  }

  report(desktop: Desktop, observed: Observed, step: DesktopDecision, outcome: Outcome): Report<Desktop> | undefined {
    return report(desktop, observed, step, outcome)
  }

  reportUnobserved(desktop: Desktop, failure: Failure): Report<Desktop> {
    return reportUnobserved(desktop, failure)
  }

  forget(key: string): void {
    this.#sources.memory.forget(key)
    const { registry } = this.#sources
    for (const cloudKey of registry.keys()) {
      const cloud = registry.get(cloudKey)
      cloud?.serverInventory.release(claimOfKey(key))
      cloud?.flavorInventory.release(claimOfKey(key))
    }
  }
}

function applying(desktop: Desktop): Partial<StatusFields<Desktop>> {
  const { appliedMetadata, appliedSecurityGroups } = appliedUnion(desktop)
  return {
    appliedMetadata: appliedMetadata.length > 0 ? appliedMetadata : undefined,
    appliedSecurityGroups: appliedSecurityGroups.length > 0 ? appliedSecurityGroups : undefined,
  }
}
