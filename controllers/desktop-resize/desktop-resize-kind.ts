import { DESKTOP_RESIZE, finalizerOf } from '../../api/v1alpha1/names.ts'
import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import type { Kind, Outcome, ReconcileContext, Report, StatusFields } from '../../pkg/kube/kind.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import { type ActTools, ResizeActor } from './act.ts'
import { type ObserveSources, observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { intentOf } from './record.ts'
import { report, reportUnobserved } from './report.ts'
import type { ResizeDecision, ResizeStep } from './steps.ts'

export const desktopResizeType: ResourceType<DesktopResize> = DESKTOP_RESIZE

/** The DesktopResize kind as the loop sees it. */
export class DesktopResizeKind implements Kind<DesktopResize, Observed, ResizeStep> {
  readonly type = desktopResizeType
  readonly finalizer = finalizerOf(DESKTOP_RESIZE)
  readonly #sources: ObserveSources
  readonly #actor: ResizeActor

  constructor(tools: ObserveSources & ActTools) {
    this.#sources = tools
    this.#actor = new ResizeActor(tools)
  }

  /** Until the outcome is told and the desktop given back. */
  holds(resize: DesktopResize): boolean {
    return resize.status?.outcome === undefined || conditionOf(resize, 'Reconciling') !== undefined
  }

  async observe(resize: DesktopResize, { signal }: ReconcileContext): Promise<Observed> {
    return await observe(resize, this.#sources, signal)
  }

  plan(resize: DesktopResize, observed: Observed): ResizeDecision {
    return plan(resize, observed)
  }

  intent(step: ResizeStep, resize: DesktopResize, observed: Observed): StatusFields<DesktopResize> | undefined {
    return intentOf(step, resize, observed)
  }

  async act(
    step: ResizeStep,
    resize: DesktopResize,
    observed: Observed,
    { signal }: ReconcileContext,
  ): Promise<Outcome> {
    return await this.#actor.act(step, resize, observed, signal)
  }

  report(
    resize: DesktopResize,
    observed: Observed,
    step: ResizeDecision,
    outcome: Outcome,
  ): Report<DesktopResize> | undefined {
    return report(resize, observed, step, outcome)
  }

  forget(key: string): void {
    for (const cloudKey of this.#sources.registry.keys()) {
      const inventory = this.#sources.registry.get(cloudKey)?.serverInventory
      inventory?.rest(`resize ${key}`)
      inventory?.release(`resize ${key}`)
    }
  }

  reportUnobserved(resize: DesktopResize, failure: Failure): Report<DesktopResize> {
    return reportUnobserved(resize, failure)
  }
}
