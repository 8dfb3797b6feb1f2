import { describe, expect, it } from 'vitest'
import { explore } from './testing/explore.ts'
import { scenarios } from './testing/scenarios.ts'

/**
 * `plan` with the kind's real verbs against the in-memory Nova: in every scenario every state is visited that can be
 * reached by Nova's steps in any order, by the death of the process between any two effects, and by answers that are
 * lost, requests that are lost, and requests that arrive late.
 */
describe('a resize that never goes wrong', () => {
  let total = 0

  it.each(scenarios)('$name', async (scenario) => {
    const { states, endings, problem } = await explore(scenario)
    expect(problem).toBeUndefined()
    expect(endings.length).toBeGreaterThan(0)
    total += states
  })

  it('was looked at in every state', () => {
    console.log(`${total} states in ${scenarios.length} scenarios`)
    expect(total).toBeGreaterThan(20_000)
  })
})
