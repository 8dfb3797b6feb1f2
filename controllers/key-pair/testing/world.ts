import type { Cloud, KeyPair } from '../../../api/v1alpha1/objects.ts'
import { Farewell } from '../../../pkg/cloud-objects/farewell.ts'
import { readinessConditions } from '../../../pkg/kube/conditions.ts'
import type { Outcome, Report } from '../../../pkg/kube/kind.ts'
import { silentLogger } from '../../../pkg/kube/log.ts'
import { CloudRegistry } from '../../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../../pkg/openstack/errors.ts'
import type { NewKeyPair } from '../../../pkg/openstack/key-pair-service.ts'
import type { NovaKeyPair } from '../../../pkg/openstack/nova-key-pair.ts'
import { KeyPairKind } from '../key-pair-kind.ts'
import type { KeyPairDecision } from '../steps.ts'

/** What became of an object that was worked on until nothing more was to be done. */
export interface Ending {
  step: KeyPairDecision
  outcome: Outcome
  report: Report<KeyPair> | undefined
}

/** When objects and pairs of these worlds were made. */
export const times = { before: '2026-01-01T00:00:00Z', object: '2026-01-02T00:00:00Z', after: '2026-01-03T00:00:00Z' }

/** One KeyPair object and a Nova, small enough for thousands of runs: the kind's real verbs, and Nova's rules. */
export class World {
  /** By `user/name`; our own user is `me`. */
  readonly nova = new Map<string, NovaKeyPair>()
  readonly deleted: string[] = []
  /** Calls to Nova. */
  calls = 0
  /** Milliseconds of the process's clock. */
  now = 0
  /** The request that a killed process left on its way to Nova. */
  late: NewKeyPair | undefined
  object: KeyPair
  /** The object, and others that want the same pair. */
  others: KeyPair[] = []
  readonly #cloud: Cloud
  #kind: KeyPairKind
  #fresh: boolean

  constructor(object: KeyPair) {
    this.object = object
    this.#cloud = {
      metadata: { name: 'vdi', namespace: object.metadata.namespace },
      spec: { ownerID: 'acme', credentials: { secretRef: { name: 's' }, cloudName: 'c' } },
    }
    this.#fresh = object.metadata.deletionTimestamp === undefined && object.status === undefined
    this.#kind = this.#makeKind()
  }

  /** The process died: what was only in its memory is gone; what was written, and Nova, stay. */
  crash(): void {
    this.#fresh = false
    this.#kind = this.#makeKind()
  }

  /** The late request reaches Nova. */
  arrive(): void {
    const { late } = this
    this.late = undefined
    if (late !== undefined && !this.nova.has(`me/${late.name}`)) this.put('me', late, times.after)
  }

  put(user: string, pair: NewKeyPair, created_at: string): NovaKeyPair {
    const made = { ...pair, fingerprint: `of ${pair.public_key}`, created_at }
    this.nova.set(`${user}/${pair.name}`, made)
    return made
  }

  /** Takes one step as the loop does. Returns an ending where the loop would stop. */
  async step(): Promise<Ending | undefined> {
    const context = { signal: new AbortController().signal, logger: silentLogger, fresh: this.#fresh }
    const observed = await this.#kind.observe(this.object, context)
    const step = this.#kind.plan(this.object, observed)
    if (step.type === 'ReleaseFinalizer') return { step, outcome: { type: 'Settled' }, report: undefined }
    const outcome = await this.#kind.act(step, this.object, observed, context)
    if (outcome.type === 'Done') return undefined
    const report = this.#kind.report(this.object, observed, step, outcome)
    if (report) this.#write(report)
    return { step, outcome, report }
  }

  /** Works until the object rests, is released, stalls, or waits for something that this world never does. */
  async settle(mostSteps = 40): Promise<Ending> {
    for (let taken = 0; taken < mostSteps; taken++) {
      const ending = await this.step()
      if (ending === undefined) continue
      if (ending.step.type !== 'AwaitLateRequest') return ending
      this.now += ending.step.milliseconds
      this.arrive()
    }
    throw new Error(`not settled after ${mostSteps} steps`)
  }

  #write({ readiness, status }: Report<KeyPair>): void {
    const conditions = readinessConditions(readiness).map((condition) => ({
      ...condition,
      lastTransitionTime: times.after,
    }))
    this.object = { ...this.object, status: { ...status, conditions } }
  }

  #makeKind(): KeyPairKind {
    const registry = new CloudRegistry()
    const own = {
      synced: true,
      get: (name: string) => withoutTime(this.nova.get(`me/${name}`)),
      observed: () => undefined,
      observedGone: () => undefined,
      need: () => undefined,
      release: () => undefined,
      hurry: () => undefined,
      rest: () => undefined,
    }
    registry.connect(`${this.object.metadata.namespace}/vdi`, {
      ...{ ownerID: 'acme', userID: 'me', session: { requestTimeoutMs: 120_000 } },
      keyPairs: this.#keyPairs(),
      keyPairInventories: { of: () => own },
      users: { idOf: async (name: string) => (name === 'nobody' ? undefined : `id-of-${name}`) },
      health: { state: 'Ready', subscribe: () => () => undefined },
    } as unknown as Parameters<CloudRegistry['connect']>[1])
    return new KeyPairKind({
      registry,
      farewell: new Farewell(() => this.now),
      cloudOf: () => this.#cloud,
      holdersOf: () => [this.object, ...this.others],
    })
  }

  #keyPairs() {
    const called = (user = 'me', name = '') => {
      this.calls += 1
      return `${user}/${name}`
    }
    return {
      get: async (name: string, { user }: { user?: string }) => this.nova.get(called(user, name)),
      create: async (pair: NewKeyPair, { user = 'me' }: { user?: string }) => {
        if (!this.nova.has(called(user, pair.name))) return withoutTime(this.put(user, pair, times.after))
        throw new OpenStackError('there is one', { class: 'Conflict', code: 'KeyPairExists' })
      },
      remove: async (name: string, { user }: { user?: string }) => {
        const key = called(user, name)
        this.deleted.push(key)
        return this.nova.delete(key) ? 'Removed' : 'Absent'
      },
    }
  }
}

/** Lists and answers to POST do not tell when a pair was made. */
function withoutTime(pair: NovaKeyPair | undefined): NovaKeyPair | undefined {
  if (pair === undefined) return undefined
  const { created_at: _, ...listed } = pair
  return listed
}
