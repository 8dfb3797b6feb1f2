import { describe, expect, it } from 'vitest'
import { explore } from './testing/explore.ts'
import { mutants } from './testing/mutants.ts'

/** A proof that nothing can fail proves nothing: each of these is wrong in one point, and has to be found out. */
describe('a resize that is wrong', () => {
  it.each(mutants)('is found out: $name', async ({ scenario, variant }) => {
    const { problem } = await explore(scenario, variant)
    expect(problem).toBeDefined()
  })

  it('comes in at least twenty ways', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(20)
  })
})
