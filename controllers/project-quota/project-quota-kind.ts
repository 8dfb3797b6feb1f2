import { finalizerOf, PROJECT_QUOTA } from '../../api/v1alpha1/names.ts'
import type { ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { settleClosed } from '../../pkg/cloud-objects/closed.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Kind, Outcome, ReconcileContext, Report } from '../../pkg/kube/kind.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import { type ActTools, act } from './act.ts'
import { type ObserveSources, observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { report, reportUnobserved } from './report.ts'
import type { QuotaDecision, QuotaStep } from './steps.ts'

export const projectQuotaType: ResourceType<ProjectQuota> = PROJECT_QUOTA

/** The ProjectQuota kind as the loop sees it. */
export class ProjectQuotaKind implements Kind<ProjectQuota, Observed, QuotaStep> {
  readonly type = projectQuotaType
  readonly finalizer = finalizerOf(PROJECT_QUOTA)
  /** Resizes hold and give back by themselves. */
  readonly foreignStatus = ['holds']
  readonly #tools: ObserveSources & ActTools

  constructor(tools: ObserveSources & ActTools) {
    this.#tools = tools
  }

  holds({ spec }: ProjectQuota): boolean {
    return spec.deletionPolicy === 'Delete'
  }

  async observe(quota: ProjectQuota, { signal }: ReconcileContext): Promise<Observed> {
    return await observe(quota, this.#tools, signal)
  }

  plan(quota: ProjectQuota, observed: Observed): QuotaDecision {
    return plan(quota, observed)
  }

  async act(step: QuotaStep, quota: ProjectQuota, observed: Observed, { signal }: ReconcileContext): Promise<Outcome> {
    // Where the cloud cannot be asked, plan has only steps without effect.
    if (observed.state === 'Closed') return settleClosed(observed)
    return await act(step, quota, this.#tools, signal)
  }

  report(
    quota: ProjectQuota,
    observed: Observed,
    step: QuotaDecision,
    outcome: Outcome,
  ): Report<ProjectQuota> | undefined {
    return report(quota, observed, step, outcome)
  }

  reportUnobserved(quota: ProjectQuota, failure: Failure): Report<ProjectQuota> {
    return reportUnobserved(quota, failure)
  }
}
