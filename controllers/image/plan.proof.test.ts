import fc from 'fast-check'
import { describe, it } from 'vitest'
import { planProperties } from './testing/plan-properties.ts'

describe('plan, searched for long', () => {
  it.each(Object.entries(planProperties))('%s', async (_name, property) => {
    await fc.assert(property, { numRuns: 3_000 })
  })
})
