import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planShards, shardOf } from './shard-plan.ts'

/** Members act in turn, each on what it sees, until nobody has anything to do. */
function settle(start: (string | undefined)[], members: string[]): { holders: (string | undefined)[]; rounds: number } {
  const holders = [...start]
  for (let rounds = 0; rounds < 100; rounds += 1) {
    let moved = false
    for (const self of members) {
      const { give, take } = planShards({ holders, members, self })
      for (const shard of give) holders[shard] = undefined
      for (const shard of take) holders[shard] = self
      moved ||= give.length + take.length > 0
    }
    if (!moved) return { holders, rounds }
  }
  throw new Error('the members never come to rest')
}

test('from any distribution members come to hold fair shares, and then nothing moves', () => {
  const members = fc.integer({ min: 1, max: 6 }).map((count) => Array.from({ length: count }, (_, i) => `m${i}`))
  const start = fc.array(fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }), { minLength: 1, maxLength: 32 })
  fc.assert(
    fc.property(members, start, (live, numbers) => {
      const names = numbers.map((number) => (number === undefined ? undefined : `m${number % live.length}`))
      const { holders } = settle(names, live)
      const counts = live.map((member) => holders.filter((holder) => holder === member).length)
      expect(holders).not.toContain(undefined)
      expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(names.length / live.length))
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.floor(names.length / live.length))
    }),
  )
})

test('a single member takes everything; a second one gets half at once', () => {
  const alone = planShards({ holders: [undefined, undefined, undefined, undefined], members: ['a'], self: 'a' })
  expect(alone).toEqual({ take: [0, 1, 2, 3], give: [] })
  const shared = planShards({ holders: ['a', 'a', 'a', 'a'], members: ['a', 'b'], self: 'a' })
  expect(shared).toEqual({ take: [], give: [2, 3] })
})

test('a namespace stays in its shard, and namespaces spread over all shards', () => {
  expect(shardOf('desktops', 8)).toBe(shardOf('desktops', 8))
  const counts = Array.from({ length: 8 }, () => 0)
  for (let i = 0; i < 8000; i += 1) {
    const shard = shardOf(`team-${i}`, 8)
    counts[shard] = (counts[shard] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(800)
  expect(Math.max(...counts)).toBeLessThan(1200)
})

test('the shard of a namespace is a promise between versions', () => {
  expect([shardOf('default', 16), shardOf('desktops', 16), shardOf('vdi', 16)]).toMatchInlineSnapshot(`
    [
      14,
      0,
      10,
    ]
  `)
})
