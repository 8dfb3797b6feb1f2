import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { Failure, type FailureClass } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import { Controller, type Ownership } from './controller.ts'
import { KubeError } from './errors.ts'
import type { EventRecorder } from './events.ts'
import type { Informer, InformerEvent } from './informer.ts'
import type { Kind, Outcome, ReconcileContext, Report, StatusObject } from './kind.ts'
import { silentLogger } from './log.ts'
import { WorkQueue } from './queue.ts'
import type { Condition } from './resource.ts'

interface Thing extends StatusObject {
  spec: { wanted: string }
  status?: { conditions?: Condition[]; observedGeneration?: number; id?: string; made?: string }
}
type ThingStep = { type: 'Make' | 'Rest' | 'Remove' | 'Spin' }

const KEY = 'a/x'
const FINALIZER = 'example.org/thing'

/** One object in an API server and its cache: resourceVersions, preconditions, and a log of what was written. */
class OneObject {
  object: Thing | undefined
  readonly log: string[] = []
  refuse: KubeError | undefined
  /** The stream brings what is written before the answer does. */
  early = false
  #subscribers = new Set<(event: InformerEvent<Thing>) => void>()
  #version = 1

  constructor(metadata: Partial<Thing['metadata']> = {}, status?: Thing['status']) {
    const object: Thing = {
      metadata: { name: 'x', namespace: 'a', uid: 'u1', generation: 1, resourceVersion: '1', ...metadata },
      spec: { wanted: 'one' },
    }
    this.object = status === undefined ? object : { ...object, status }
  }

  /** Somebody else changes the object. */
  edit(change: (object: Thing) => Thing): void {
    if (this.object === undefined) return
    const previous = this.object
    this.#publish(this.#stored(change(previous)), previous)
  }

  readonly client = {
    apply: async (_type: unknown, fields: Thing, { subresource }: { subresource?: string }) => {
      this.#check(fields.metadata)
      if (subresource === 'status') {
        this.log.push(`status ${fields.status?.conditions?.find(({ type }) => type === 'Ready')?.reason ?? 'no Ready'}`)
        return this.#answer({ ...(this.object as Thing), status: fields.status as NonNullable<Thing['status']> })
      }
      this.log.push(`finalizers ${fields.metadata.finalizers}`)
      const { metadata } = this.object as Thing
      return this.#answer({
        ...(this.object as Thing),
        metadata: { ...metadata, finalizers: fields.metadata.finalizers ?? [] },
      })
    },
    patch: async (_type: unknown, _name: unknown, { metadata }: Thing) => {
      this.#check(metadata)
      this.log.push(`finalizers ${metadata.finalizers}`)
      return this.#answer({ ...(this.object as Thing), metadata: { ...(this.object as Thing).metadata, ...metadata } })
    },
  } as unknown as KubeClient

  readonly informer = {
    get: (key: string) => (key === KEY ? this.object : undefined),
    list: () => (this.object ? [this.object] : []),
    subscribe: (subscriber: (event: InformerEvent<Thing>) => void) => {
      this.#subscribers.add(subscriber)
      return () => this.#subscribers.delete(subscriber)
    },
    observed: (object: Thing) => this.#publish(object, object),
  } as unknown as Informer<Thing>

  #check({ uid, resourceVersion }: Partial<Thing['metadata']>): void {
    if (this.refuse) throw this.refuse
    const { metadata } = this.object as Thing
    const stale = resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion
    if (stale || (uid !== undefined && uid !== metadata.uid)) throw conflict()
  }

  #answer(object: Thing): Thing {
    const previous = this.object as Thing
    const stored = this.#stored(object)
    if (this.early) this.#publish(structuredClone(stored), previous)
    return stored
  }

  #stored(object: Thing): Thing {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } }
    this.object = stored
    return stored
  }

  #publish(object: Thing, previous: Thing): void {
    for (const subscriber of this.#subscribers) subscriber({ type: 'Updated', object, previous, initial: false })
  }
}

const conflict = () => new KubeError('it changed meanwhile', { class: 'Conflict', code: 'Conflict', status: 409 })

/** A kind that makes one thing outside. What it does is set by the test. */
class ThingKind implements Kind<Thing, string, ThingStep> {
  readonly type = { group: 'example.org', version: 'v1', plural: 'things', kind: 'Thing' }
  readonly finalizer = FINALIZER
  readonly log: string[]
  made = false
  holding = true
  outcome: () => Outcome = () => ({ type: 'Done' })
  planned: ((thing: Thing) => ThingStep) | undefined
  quiet = false
  observing: (context: ReconcileContext) => void = () => undefined

  constructor(log: string[]) {
    this.log = log
  }
  holds(): boolean {
    return this.holding
  }
  async observe(_thing: Thing, context: ReconcileContext): Promise<string> {
    this.observing(context)
    return 'seen'
  }
  plan(thing: Thing) {
    if (this.planned) return this.planned(thing)
    if (thing.metadata.deletionTimestamp)
      return this.made ? { type: 'Remove' as const } : { type: 'ReleaseFinalizer' as const }
    return { type: this.made ? ('Rest' as const) : ('Make' as const) }
  }
  intent(step: ThingStep) {
    return step.type === 'Make' ? { id: 'id-1' } : undefined
  }
  async act(step: ThingStep): Promise<Outcome> {
    this.log.push(`act ${step.type}`)
    if (step.type === 'Rest') return { type: 'Settled' }
    const outcome = this.outcome()
    if (outcome.type === 'Done') this.made = step.type === 'Make'
    return outcome
  }
  report(thing: Thing, _observed: string, step: { type: string }, outcome: Outcome): Report<Thing> | undefined {
    if (this.quiet) return undefined
    const { conditions: _, observedGeneration: __, ...before } = thing.status ?? {}
    if (outcome.type === 'Failed') return this.reportUnobserved(thing, outcome.failure)
    return { readiness: { state: 'Ready', reason: step.type, message: 'well' }, status: before }
  }
  reportUnobserved(_thing: Thing, failure: Failure): Report<Thing> {
    const state = failure.class === 'InvalidSpec' ? 'Stalled' : 'Reconciling'
    return { readiness: { state, reason: failure.code, message: failure.message }, status: {} }
  }
}

describe('Controller', () => {
  let stop: AbortController
  let shard: AbortController
  let queue: WorkQueue
  let running: Promise<void> | undefined
  let recorded: string[]
  let delays: { key: string; afterMs: number | undefined }[]
  let time: number

  beforeEach(() => {
    stop = new AbortController()
    shard = new AbortController()
    recorded = []
    delays = []
    time = 0
    queue = new WorkQueue()
    running = undefined
  })
  afterEach(async () => {
    stop.abort()
    await running
  })

  function start(
    api: OneObject,
    kind: ThingKind,
    ownership: Partial<Ownership> = {},
  ): Controller<Thing, string, ThingStep> {
    const add = queue.add.bind(queue)
    queue.add = (key, options = {}) => {
      delays.push({ key, afterMs: options.afterMs })
      add(key, options)
    }
    const controller = new Controller<Thing, string, ThingStep>({
      name: 'thing',
      kind,
      client: api.client,
      informer: api.informer,
      queue,
      ownership: { owns: () => true, signal: () => shard.signal, subscribe: () => () => undefined, ...ownership },
      events: {
        record: (_: unknown, event: { reason: string }) => recorded.push(event.reason),
      } as unknown as EventRecorder,
      metrics: { maxConcurrent: () => undefined, started: () => (result) => results.push(result) },
      logger: silentLogger,
      workers: 2,
      resyncSeconds: 600,
      pausedAnnotation: 'paused',
      synced: async () => true,
      today: () => new Date('2026-01-01T00:00:00.5Z'),
      random: () => 0.5,
      now: () => time,
    })
    const results: string[] = []
    outcomes = results
    running = controller.run(stop.signal)
    return controller
  }
  let outcomes: string[] = []

  const reconciled = (times = 1) => eventually(`${times} reconciles`, () => outcomes.length >= times)

  it('holds the object, records the intent, acts, and writes status once', async () => {
    const api = new OneObject()
    const kind = new ThingKind(api.log)
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual([`finalizers ${FINALIZER}`, 'status Pending', 'act Make', 'act Rest', 'status Rest'])
    expect(api.object?.status).toMatchObject({ id: 'id-1', observedGeneration: 1 })
    expect(api.object?.status?.conditions).toEqual([
      expect.objectContaining({ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }),
    ])
    expect(recorded).toEqual(['Rest'])
  })

  it.each([
    { finalizers: [], fresh: true },
    { finalizers: [FINALIZER], fresh: false },
  ])('tells whether an earlier process may have worked on the object: $finalizers', async ({ finalizers, fresh }) => {
    const api = new OneObject({ finalizers })
    const kind = new ThingKind(api.log)
    const told: (boolean | undefined)[] = []
    kind.observing = (context) => told.push(context.fresh)
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(told).toEqual([fresh, fresh])
  })

  it('writes nothing when nothing changed, and is not woken by its own writes', async () => {
    const api = new OneObject()
    const kind = new ThingKind(api.log)
    const controller = start(api, kind)
    controller.enqueue(KEY)
    await reconciled()
    api.log.length = 0
    controller.enqueue(KEY)
    await reconciled(2)
    expect(api.log).toEqual(['act Rest'])
    expect(outcomes).toEqual(['success', 'success'])
  })

  it('looks again when somebody else changes the object', async () => {
    const api = new OneObject()
    start(api, new ThingKind(api.log)).enqueue(KEY)
    await reconciled()
    api.edit((object) => ({ ...object, metadata: { ...object.metadata, generation: 2 } }))
    await reconciled(2)
    expect(api.object?.status?.observedGeneration).toBe(2)
  })

  it('is no longer ready from the record of a change on', async () => {
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Fine',
      message: 'm',
      lastTransitionTime: '2025-01-01T00:00:00Z',
    } as const
    const api = new OneObject({ finalizers: [FINALIZER] }, { conditions: [ready], observedGeneration: 1 })
    const kind = new ThingKind(api.log)
    let during: string | undefined
    kind.outcome = () => {
      during = api.object?.status?.conditions?.find(({ type }) => type === 'Ready')?.status
      return { type: 'Done' }
    }
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(during).toBe('False')
    expect(api.object?.status?.conditions?.map(({ type, status }) => `${type} ${status}`)).toEqual(['Ready True'])
  })

  it('does not act when the intent could not be written', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    api.refuse = conflict()
    start(api, new ThingKind(api.log)).enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual([])
    api.refuse = undefined
    await eventually('tried again at once', () => api.log.includes('act Make'))
  })

  it('does not revive an object that was deleted and made again meanwhile', async () => {
    const api = new OneObject()
    const stale = api.object as Thing
    api.edit((object) => ({ ...object, metadata: { ...object.metadata, uid: 'u2' } }))
    const informer = { ...api.informer, get: () => stale }
    Object.assign(api, { informer })
    start(api, new ThingKind(api.log)).enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual([])
    expect(outcomes[0]).toBe('error')
  })

  it('removes what is outside, then the finalizer, whoever put it there', async () => {
    const api = new OneObject({ finalizers: ['other', FINALIZER], deletionTimestamp: '2026-01-01T00:00:00Z' })
    const kind = new ThingKind(api.log)
    kind.made = true
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual(['act Remove', 'finalizers other'])
  })

  it('lets an object go once, though the cache shows it a while longer', async () => {
    const api = new OneObject({ finalizers: [FINALIZER], deletionTimestamp: '2026-01-01T00:00:00Z' })
    // As the API server answers where this deletes the object: without a new version.
    api.client.patch = (async () => {
      api.log.push('let go')
      return api.object
    }) as unknown as KubeClient['patch']
    const controller = start(api, new ThingKind(api.log))
    for (const times of [1, 2]) {
      controller.enqueue(KEY)
      await reconciled(times)
    }
    expect(api.log).toEqual(['let go'])
  })

  it('leaves an object alone that is going and is not held by us', async () => {
    const api = new OneObject({ finalizers: ['other'], deletionTimestamp: '2026-01-01T00:00:00Z' })
    start(api, new ThingKind(api.log)).enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual([])
  })

  it('takes the finalizer off where nothing outside is held any more', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    kind.holding = false
    kind.made = true
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(api.log[0]).toBe('finalizers ')
  })

  it('does nothing but say so while the object is paused, and keeps the generation that it looked at', async () => {
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Fine',
      message: 'm',
      lastTransitionTime: '2025-01-01T00:00:00Z',
    } as const
    const api = new OneObject(
      { annotations: { paused: 'true' }, generation: 3 },
      { conditions: [ready], observedGeneration: 2 },
    )
    start(api, new ThingKind(api.log)).enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual(['status Fine'])
    expect(api.object?.status?.observedGeneration).toBe(2)
    expect(api.object?.status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Paused'])
    expect(api.object?.status?.conditions?.[0]?.lastTransitionTime).toBe('2025-01-01T00:00:00Z')
  })

  it.each<[FailureClass, boolean]>([
    ['InvalidSpec', false],
    ['Auth', false],
    ['Waiting', false],
    ['UnknownOutcome', false],
    ['Unavailable', true],
    ['Quota', true],
    ['Refused', true],
    ['Conflict', true],
    ['Internal', true],
  ])('a failure of class %s is retried by itself: %s', async (failureClass, retried) => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    const failure = new Failure('no', { class: failureClass, code: 'Nope' })
    kind.outcome = () => ({ type: 'Failed', failure })
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(queue.failures(KEY)).toBe(retried ? 1 : 0)
    expect(api.object?.status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'False', reason: 'Nope' })
  })

  it.each<FailureClass>(['Quota', 'Refused'])(
    'keeps the pause after a failure of class %s until a user changes the object',
    async (failureClass) => {
      const api = new OneObject({ finalizers: [FINALIZER] })
      api.early = true
      const kind = new ThingKind(api.log)
      kind.outcome = () => ({ type: 'Failed', failure: new Failure('no', { class: failureClass, code: 'Nope' }) })
      const controller = start(api, kind)
      controller.enqueue(KEY)
      await reconciled()
      await eventually('no work', () => queue.running === 0)
      controller.enqueue(KEY)
      api.edit((object) => ({ ...object, status: { ...object.status, made: 'by somebody' } }))
      expect([queue.depth(), queue.running, queue.delayed]).toEqual([0, 0, 1])
      api.edit((object) => ({ ...object, metadata: { ...object.metadata, annotations: { refresh: '1' } } }))
      await reconciled(2)
    },
  )

  it('waits as long as the other side asked', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    const failure = new Failure('slow down', { class: 'Throttled', code: 'Slow', retryAfterSeconds: 17 })
    kind.outcome = () => ({ type: 'Failed', failure })
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(delays.at(-1)).toEqual({ key: KEY, afterMs: 17_000 })
  })

  it('reports that it could not observe, and keeps trying', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    kind.observing = () => {
      throw new Failure('nobody answers', { class: 'Unavailable', code: 'Silence' })
    }
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual(['status Silence'])
    expect(queue.failures(KEY)).toBe(1)
  })

  it('writes nothing where the kind has nothing new to say', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    kind.quiet = true
    kind.made = true
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual(['act Rest'])
  })

  it('finds out a plan that goes in circles', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    kind.planned = () => ({ type: 'Spin' })
    start(api, kind).enqueue(KEY)
    await reconciled()
    expect(outcomes[0]).toBe('error')
    expect(api.log.filter((line) => line === 'act Spin')).toHaveLength(20)
  })

  it('does not act for a namespace that is another replica’s', async () => {
    const api = new OneObject()
    const controller = start(api, new ThingKind(api.log), { owns: () => false })
    controller.enqueue(KEY)
    expect(queue.depth()).toBe(0)
  })

  it('breaks off when the shard is lost, without calling that a failure', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    kind.outcome = () => {
      shard.abort(new Error('lost'))
      throw new Error('broken off')
    }
    const controller = start(api, kind)
    controller.enqueue(KEY)
    await controller.drained(() => true)
    await reconciled()
    expect(outcomes).toEqual(['success'])
    expect(queue.failures(KEY)).toBe(0)
  })

  it('does not write again what a brief wait is about, unless it is not so brief', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    kind.report = () => ({
      readiness: { state: 'Reconciling', reason: 'Made', message: 'being made' },
      status: { id: 'id-1' },
    })
    kind.outcome = () => ({ type: 'Waiting', brief: true })
    const controller = start(api, kind)
    controller.enqueue(KEY)
    await reconciled()
    expect(api.log).toEqual(['status Pending', 'act Make'])
    expect(delays.at(-1)?.afterMs).toBe(5_000)
    time += 500
    controller.enqueue(KEY)
    await reconciled(2)
    expect(delays.at(-1)?.afterMs).toBe(4_500)
    time += 4_500
    controller.enqueue(KEY)
    await reconciled(3)
    expect(api.log.filter((line) => line.startsWith('status'))).toEqual(['status Pending', 'status Made'])
  })

  it('looks again after the time that the kind asked for, and at the latest at the resync', async () => {
    const api = new OneObject({ finalizers: [FINALIZER] })
    const kind = new ThingKind(api.log)
    kind.outcome = () => ({ type: 'Waiting', afterSeconds: 15 })
    const controller = start(api, kind)
    controller.enqueue(KEY)
    await reconciled()
    expect(delays.at(-1)?.afterMs).toBe(15_000)
    kind.outcome = () => ({ type: 'Waiting' })
    controller.enqueue(KEY)
    await reconciled(2)
    expect(delays.at(-1)?.afterMs).toBe(600_000)
  })
})
