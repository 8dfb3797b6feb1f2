import { finalizerOf, KEY_PAIR } from '../../api/v1alpha1/names.ts'
import type { KeyPair } from '../../api/v1alpha1/objects.ts'
import { settleClosed } from '../../pkg/cloud-objects/closed.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Kind, Outcome, ReconcileContext, Report } from '../../pkg/kube/kind.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import { KeyPairAct } from './act.ts'
import { type ObserveSources, observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { report, reportUnobserved } from './report.ts'
import type { KeyPairDecision, KeyPairStep } from './steps.ts'

export const keyPairType: ResourceType<KeyPair> = KEY_PAIR

/** The KeyPair kind as the loop sees it. */
export class KeyPairKind implements Kind<KeyPair, Observed, KeyPairStep> {
  readonly type = keyPairType
  readonly finalizer = finalizerOf(KEY_PAIR)
  readonly #tools: Omit<ObserveSources, 'made'> & { made: Set<string> }

  constructor(tools: Omit<ObserveSources, 'made'>) {
    this.#tools = { ...tools, made: new Set() }
  }

  holds({ spec }: KeyPair): boolean {
    return spec.deletionPolicy !== 'Retain'
  }

  async observe(object: KeyPair, context: ReconcileContext): Promise<Observed> {
    return await observe(object, this.#tools, context)
  }

  plan(object: KeyPair, observed: Observed): KeyPairDecision {
    return plan(object, observed)
  }

  async act(step: KeyPairStep, object: KeyPair, observed: Observed, { signal }: ReconcileContext): Promise<Outcome> {
    // Where the cloud cannot be asked, plan has only steps without effect.
    if (observed.state === 'Closed') return settleClosed(observed)
    return await new KeyPairAct(object, observed, this.#tools, signal).carryOut(step)
  }

  report(object: KeyPair, observed: Observed, step: KeyPairDecision, outcome: Outcome): Report<KeyPair> | undefined {
    return report(object, observed, step, outcome)
  }

  reportUnobserved(object: KeyPair, failure: Failure): Report<KeyPair> {
    return reportUnobserved(object, failure)
  }

  forget(key: string): void {
    const { farewell, made, registry } = this.#tools
    farewell.forget(key)
    made.delete(key)
    for (const cloudKey of registry.keys()) registry.get(cloudKey)?.keyPairInventories.of().release(key)
  }
}
