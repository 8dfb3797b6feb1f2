import { finalizerOf, IMAGE } from '../../api/v1alpha1/names.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'
import { settleClosed } from '../../pkg/cloud-objects/closed.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Kind, Outcome, ReconcileContext, Report } from '../../pkg/kube/kind.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import { type ActTools, ImageActor } from './act.ts'
import { type ObserveSources, observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { report, reportUnobserved } from './report.ts'
import type { ImageDecision, ImageStep } from './steps.ts'
import { appliedUnion } from './wanted.ts'

export const imageType: ResourceType<Image> = IMAGE

/** The Image kind as the loop sees it. */
export class ImageKind implements Kind<Image, Observed, ImageStep> {
  readonly type = imageType
  readonly finalizer = finalizerOf(IMAGE)
  readonly #sources: ObserveSources
  readonly #actor: ImageActor

  constructor(tools: ObserveSources & ActTools) {
    this.#sources = tools
    this.#actor = new ImageActor(tools)
  }

  /** An image that nobody made here needs no farewell. */
  holds(image: Image): boolean {
    const { creates, manages } = effectivePolicy(image)
    return creates && manages
  }

  async observe(image: Image, { signal }: ReconcileContext): Promise<Observed> {
    return await observe(image, this.#sources, signal)
  }

  plan(image: Image, observed: Observed): ImageDecision {
    return plan(image, observed)
  }

  /** The attempt and its id before POST; keys and tags that may become ours before they are applied. */
  intent(step: ImageStep, image: Image): Partial<NonNullable<Image['status']>> | undefined {
    if (step.type !== 'Create' && step.type !== 'Update') return undefined
    const { appliedProperties, appliedTags } = appliedUnion(image)
    const applied = {
      appliedProperties: appliedProperties.length > 0 ? appliedProperties : undefined,
      appliedTags: appliedTags.length > 0 ? appliedTags : undefined,
    }
    if (step.type === 'Update') return applied
    return { ...applied, attempt: step.attempt, id: step.id, state: undefined }
  }

  async act(step: ImageStep, image: Image, observed: Observed, { signal }: ReconcileContext): Promise<Outcome> {
    // Where the cloud cannot be asked, plan has only steps without effect.
    if (observed.state === 'Closed') return settleClosed(observed)
    return await this.#actor.act(step, image, observed, signal)
  }

  report(image: Image, observed: Observed, step: ImageDecision, outcome: Outcome): Report<Image> | undefined {
    return report(image, observed, step, outcome)
  }

  reportUnobserved(image: Image, failure: Failure): Report<Image> {
    return reportUnobserved(image, failure)
  }

  forget(key: string): void {
    this.#actor.forget(key)
  }
}
