import type { Cloud, KeyPair } from '../../../api/v1alpha1/objects.ts'
import { Farewell } from '../../../pkg/cloud-objects/farewell.ts'
import { type Ending, SmallLoop } from '../../../pkg/kube/testing/small-loop.ts'
import { CloudRegistry } from '../../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../../pkg/openstack/errors.ts'
import type { NewKeyPair } from '../../../pkg/openstack/key-pair-service.ts'
import type { NovaKeyPair } from '../../../pkg/openstack/nova-key-pair.ts'
import { KeyPairKind } from '../key-pair-kind.ts'
import type { Observed } from '../observed.ts'
import type { KeyPairStep } from '../steps.ts'

/** When objects and pairs of these worlds were made. */
export const times = { before: '2026-01-01T00:00:00Z', object: '2026-01-02T00:00:00Z', after: '2026-01-03T00:00:00Z' }

/** One KeyPair object and a Nova, small enough for thousands of runs: the kind's real verbs, and Nova's rules. */
export class World extends SmallLoop<KeyPair, Observed, KeyPairStep> {
  /** By `user/name`; our own user is `me`. */
  readonly nova = new Map<string, NovaKeyPair>()
  readonly deleted: string[] = []
  /** Calls to Nova. */
  calls = 0
  /** Milliseconds of the process's clock. */
  now = 0
  /** The request that a killed process left on its way to Nova. */
  late: NewKeyPair | undefined
  /** Other objects that want the same pair. */
  others: KeyPair[] = []
  readonly #cloud: Cloud

  constructor(object: KeyPair) {
    super(object)
    this.#cloud = {
      metadata: { name: 'vdi', namespace: object.metadata.namespace },
      spec: { ownerID: 'acme', credentials: { secretRef: { name: 's' }, cloudName: 'c' } },
    }
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

  protected goesOn({ step }: Ending<KeyPair, KeyPairStep>): boolean {
    if (step.type !== 'AwaitLateRequest') return false
    this.now += step.milliseconds
    this.arrive()
    return true
  }

  protected makeKind(): KeyPairKind {
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
