import type { Cloud, Desktop, DesktopResize } from '../../../api/v1alpha1/objects.ts'
import { readinessConditions } from '../../../pkg/kube/conditions.ts'
import type { Report } from '../../../pkg/kube/kind.ts'
import { silentLogger } from '../../../pkg/kube/log.ts'
import { CloudRegistry, type ConnectedCloud } from '../../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../../pkg/openstack/errors.ts'
import { DesktopResizeKind } from '../desktop-resize-kind.ts'
import { ResizeMemory } from '../memory.ts'
import type { Observed, Size } from '../observed.ts'
import type { Hold, ResizeDecision, ResizeStep } from '../steps.ts'
import { type Fate, InMemoryNova } from './in-memory-nova.ts'
import { OPERATOR, OUTSIDE } from './scenario.ts'
import type { Variant } from './variant.ts'
import type { WorldState } from './world-state.ts'

/** How often, and from which change on, things go wrong in one turn of the controller. */
export type Mishap =
  | { type: 'None' }
  /** The process dies after the intent is on record. */
  | { type: 'DiesBeforeEffect' }
  /** The change of that number, from 0, has another fate. */
  | { type: 'Fate'; change: number; fate: Exclude<Fate, 'Answered'> }

/** What came of a turn. */
export interface Turn {
  state: WorldState
  decision: ResizeDecision
  /** Changes that were asked for. */
  changes: string[]
}

const context = { signal: new AbortController().signal, logger: silentLogger }

/** The real verbs of the kind on a world of plain data: observe, plan, record, act, report. */
export class World {
  #state: WorldState
  #mishap: Mishap = { type: 'None' }
  #changes: string[] = []
  readonly #variant: Variant
  readonly #kind: DesktopResizeKind
  #memory = new ResizeMemory()

  constructor(state: WorldState, variant: Variant = {}) {
    this.#state = state
    this.#variant = variant
    this.#kind = this.#makeKind()
  }

  /** What the controller sees and decides in a state. */
  async decide(state: WorldState): Promise<{ observed: Observed; decision: ResizeDecision }> {
    this.#load(structuredClone(state))
    const resize = state.resize as DesktopResize
    const seen = await this.#kind.observe(resize, context)
    const observed = this.#variant.observed?.(seen, resize) ?? seen
    const decision = this.#kind.plan(resize, observed)
    return { observed, decision: this.#variant.decision?.(decision, observed, resize) ?? decision }
  }

  /** Carries a decision out, on a copy of the state. */
  async carryOut(from: WorldState, observed: Observed, decision: ResizeDecision, mishap: Mishap): Promise<Turn> {
    const state = structuredClone(from)
    // Two looks are never at the same moment.
    state.now += 1
    this.#load(state, mishap)
    const resize = state.resize as DesktopResize
    if (decision.type === 'ReleaseFinalizer') return { state: { ...state, resize: undefined }, decision, changes: [] }
    this.#record(decision, resize, observed)
    if (mishap.type === 'DiesBeforeEffect') return { state: { ...state, answers: {} }, decision, changes: [] }
    const outcome = await this.#kind.act(decision, resize, observed, context).catch(() => undefined)
    if (outcome?.type !== 'Done') {
      const said = this.#kind.report(resize, observed, decision, outcome ?? { type: 'Waiting' })
      if (said !== undefined) write(resize, said)
    }
    state.answers = { ...this.#memory.answersOf(resize.metadata.uid ?? '') }
    return { state, decision, changes: this.#changes }
  }

  #record(step: ResizeStep, resize: DesktopResize, observed: Observed): void {
    const intent = this.#kind.intent(step, resize, observed)
    if (intent === undefined || this.#variant.recordsNothing?.(step) === true) return
    resize.status = JSON.parse(JSON.stringify({ ...resize.status, ...intent }))
  }

  #load(state: WorldState, mishap: Mishap = { type: 'None' }): void {
    this.#state = state
    this.#mishap = mishap
    this.#changes = []
    this.#memory = new ResizeMemory()
    for (const [step, answer] of Object.entries(state.answers)) {
      this.#memory.answered(state.resize?.metadata.uid ?? '', step as never, answer)
    }
  }

  #fate(name: string): Fate {
    const change = this.#changes.push(name) - 1
    return this.#mishap.type === 'Fate' && this.#mishap.change === change ? this.#mishap.fate : 'Answered'
  }

  #makeKind(): DesktopResizeKind {
    const registry = new CloudRegistry()
    const fates = ({ method, path }: { method: string; path: string }) => this.#fate(`${method} ${path}`)
    const inside = new InMemoryNova(() => this.#state, fates, OPERATOR)
    const outside = new InMemoryNova(() => this.#state, fates, OUTSIDE)
    const inventory = { need: nothing, release: nothing, hurry: nothing, rest: nothing, byIndex: () => [] }
    const cloud = {
      ...inside.services,
      ...{ ownerID: 'acme', projectID: OPERATOR.projectId, serverInventory: inventory },
      locks: { actions: outside.services.serverActions, advisory: false },
      session: {
        requestTimeoutMs: inside.requestTimeoutMs,
        identity: async () => ({ user: { id: OPERATOR.userId, name: 'operator' }, roles: ['admin'] }),
      },
      health: { state: 'Ready', subscribe: () => nothing },
    }
    registry.connect('desktops/vdi', cloud as unknown as ConnectedCloud)
    return new DesktopResizeKind({
      registry,
      cloudOf: () => ({ metadata: { name: 'vdi', namespace: 'desktops' }, spec: {} }) as unknown as Cloud,
      desktopOf: () => this.#state.desktop,
      resizesOf: () => (this.#state.resize === undefined ? [] : [this.#state.resize]),
      quotaOf: () => this.#state.quota,
      isTurnOfOther: () => false,
      now: () => this.#state.now,
      memory: this.#memoryNow(),
      desktops: { take: async (resize) => this.#take(resize), release: async (resize) => this.#release(resize) },
      quotas: {
        hold: async (step, resize, _observed, { computeQuotas }) => await this.#hold(step, resize, computeQuotas),
        release: async (resize) => this.#swap('give hold back', () => this.#setHold(resize, undefined)),
      },
    })
  }

  /** The memory changes with the state that is loaded. */
  #memoryNow(): ResizeMemory {
    return {
      answersOf: (uid: string) => this.#memory.answersOf(uid),
      asking: (uid, step) => this.#memory.asking(uid, step),
      answered: (uid, step, answer) => this.#memory.answered(uid, step, answer),
      forget: (uid: string) => this.#memory.forget(uid),
    } as ResizeMemory
  }

  #take(resize: DesktopResize): void {
    this.#swap('take', () => {
      const { name, uid = '' } = resize.metadata
      const status = this.#state.desktop?.status
      if (status !== undefined) status.activeOperation = { kind: 'DesktopResize', name, uid, startTime: 'then' }
    })
  }

  #release({ metadata, status }: DesktopResize): void {
    this.#swap('give desktop back', () => {
      const desktop: Desktop['status'] = this.#state.desktop?.status
      if (desktop === undefined || desktop.activeOperation?.name !== metadata.name) return
      delete desktop.activeOperation
      if (status?.outcome !== 'Succeeded') return
      desktop.executedResizes = [{ key: status.idempotencyKey ?? '', hash: status.hash ?? '', outcome: 'Succeeded' }]
    })
  }

  async #hold(
    { size, growth }: Hold,
    resize: DesktopResize,
    quotas: InMemoryNova['services']['computeQuotas'],
  ): Promise<void> {
    const { cores, ram } = await quotas.get(OPERATOR.projectId)
    const mine = this.#state.quota?.status?.holds?.find(({ uid }) => uid === resize.metadata.uid)
    const grows = size.cpus > (mine?.cpus ?? 0) || size.memoryMiB > (mine?.memoryMiB ?? 0)
    const room = (one: typeof cores, wanted: number) => one === undefined || one.limit - one.in_use >= wanted
    if (grows && !(room(cores, growth.cpus) && room(ram, growth.memoryMiB))) {
      throw new OpenStackError('no room', { class: 'Quota', code: 'QuotaExceeded' })
    }
    this.#swap('hold', () => this.#setHold(resize, size))
  }

  #setHold({ metadata: { uid = '', name } }: DesktopResize, size: Size | undefined): void {
    const status = this.#state.quota?.status
    if (status === undefined) return
    const others = (status.holds ?? []).filter((hold) => hold.uid !== uid)
    status.holds = size === undefined ? others : [...others, { uid, resize: name, ...size }]
  }

  /** Compare-and-swap: a late one is refused, so it is as if it had been lost. */
  #swap(name: string, change: () => void): void {
    const fate = this.#fate(name)
    if (fate === 'Lost' || fate === 'Late') throw new Error('the API server did not answer')
    change()
    if (fate !== 'Answered') throw new Error('the answer of the API server was lost')
  }
}

const nothing = (): void => undefined

function write(resize: DesktopResize, { readiness, conditions = [], status }: Report<DesktopResize>): void {
  const time = '2026-01-01T00:00:00Z'
  const written = [...readinessConditions(readiness), ...conditions].map((one) => ({
    ...one,
    lastTransitionTime: time,
  }))
  resize.status = JSON.parse(JSON.stringify({ ...status, conditions: written }))
}
