import type { ResizeDecision } from '../steps.ts'
import { brokenPromise, type Ending, wrongEnding } from './invariants.ts'
import { movesFrom } from './moves.ts'
import { beginning, type Scenario } from './scenario.ts'
import type { Variant } from './variant.ts'
import { type Mishap, type Turn, World } from './world.ts'
import { identityOf, type WorldState } from './world-state.ts'

/** What an exploration found. */
export interface Exploration {
  states: number
  moves: number
  endings: Ending[]
  /** The first way to something that must not be. */
  problem: { what: string; way: string[] } | undefined
}

interface Visit {
  state: WorldState
  from: Visit | undefined
  by: string
}

/** More states than any scenario has: whoever gets there has found a way to count something. */
const mostStates = 400_000

/** Visits every state that can be reached, in whatever order things happen; stops at the first broken promise. */
export async function explore(scenario: Scenario, variant: Variant = {}): Promise<Exploration> {
  const first: Visit = { state: beginning(scenario), from: undefined, by: 'begin' }
  const world = new World(first.state, variant)
  const seen = new Set([identityOf(first.state)])
  const queue = [first]
  const endings: Ending[] = []
  let moves = 0
  const found = (what: string, visit: Visit): Exploration => ({
    ...{ states: seen.size, moves, endings },
    problem: { what, way: wayTo(visit) },
  })
  for (let visit = queue.pop(); visit !== undefined; visit = queue.pop()) {
    const { nexts, decision } = await nextOf(world, visit)
    const others = nexts.filter(({ state }) => identityOf(state) !== identityOf((visit as Visit).state))
    const broken = brokenPromise(visit.state)
    if (broken !== undefined) return found(broken, visit)
    if (isEnd(others)) {
      const ending = { state: visit.state, decision }
      endings.push(ending)
      const wrong = wrongEnding(ending, scenario)
      if (wrong !== undefined) return found(wrong, visit)
    }
    for (const next of others) {
      moves++
      variant.nova?.(next.state.nova)
      const identity = identityOf(next.state)
      if (seen.has(identity)) continue
      seen.add(identity)
      queue.push(next)
    }
    if (seen.size > mostStates) return found('there is no end of states', visit)
  }
  if (endings.length === 0) return found('it never ends', first)
  return { states: seen.size, moves, endings, problem: undefined }
}

/** Nothing more happens by itself: what others might still do does not count. */
function isEnd(nexts: readonly Visit[]): boolean {
  return nexts.every(({ by }) => by.startsWith('others:') || by === 'the process dies')
}

async function nextOf(world: World, visit: Visit): Promise<{ nexts: Visit[]; decision: ResizeDecision | undefined }> {
  const { state } = visit
  const nexts: Visit[] = movesFrom(state).map(({ name, to }) => ({ state: to, from: visit, by: name }))
  if (state.resize === undefined) return { nexts, decision: undefined }
  const { observed, decision } = await world.decide(state)
  const turn = async (mishap: Mishap): Promise<Turn> => await world.carryOut(state, observed, decision, mishap)
  const add = (turned: Turn, how: string) =>
    nexts.push({ state: turned.state, from: visit, by: `${decision.type}${how}` })
  const smooth = await turn({ type: 'None' })
  add(smooth, '')
  if (smooth.changes.length === 0) return { nexts, decision }
  add(await turn({ type: 'DiesBeforeEffect' }), ', dies before it')
  for (const change of smooth.changes.keys()) {
    for (const fate of ['Lost', 'Unanswered', 'Late'] as const) {
      add(await turn({ type: 'Fate', change, fate }), `, ${fate.toLowerCase()}`)
    }
  }
  return { nexts, decision }
}

function wayTo(visit: Visit): string[] {
  const way: string[] = []
  for (let at: Visit | undefined = visit; at !== undefined; at = at.from) way.unshift(at.by)
  return way
}
