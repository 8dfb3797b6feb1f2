import { afterEach, describe, expect, it } from 'vitest'
import { Inventory, type Lister } from './inventory.ts'
import { LazyInventory } from './lazy-inventory.ts'
import { ManualTiming, settle } from './testing/manual-timing.ts'

const running: AbortController[] = []
afterEach(() => {
  for (const controller of running.splice(0)) controller.abort()
})

function fixture() {
  const timing = new ManualTiming()
  const names = new Set(['a'])
  let lists = 0
  const lister: Lister<string> = {
    idOf: (name) => name,
    updatedAt: () => 0,
    everything: async () => {
      lists++
      return [...names]
    },
    get: async (name) => (names.has(name) ? name : undefined),
  }
  const inventory = new LazyInventory(new Inventory(lister, { timing, random: () => 0.5, intervalSeconds: 600 }))
  const controller = new AbortController()
  running.push(controller)
  const done = inventory.run(controller.signal)
  return { timing, names, inventory, controller, done, lists: () => lists }
}

describe('LazyInventory', () => {
  it('lists nothing while nobody needs it', async () => {
    const { timing, inventory, lists } = fixture()
    await timing.pass(3_600_000)
    expect(lists()).toBe(0)
    expect(inventory.synced).toBe(false)
  })

  it('lists for the first one who needs it, then at its own pace', async () => {
    const { timing, inventory, lists } = fixture()
    inventory.need('x')
    inventory.need('y')
    inventory.need('x')
    await settle()
    expect(inventory.synced).toBe(true)
    expect(inventory.all()).toEqual(['a'])
    expect(lists()).toBe(1)
    await timing.pass(599_000)
    expect(lists()).toBe(1)
    await timing.pass(2_000)
    expect(lists()).toBe(2)
  })

  it('rests when the last one is gone, and begins with a full list when one comes back', async () => {
    const { timing, names, inventory, lists } = fixture()
    inventory.need('x')
    inventory.need('y')
    await settle()
    inventory.release('x')
    await settle()
    expect(inventory.synced).toBe(true)
    inventory.release('y')
    await timing.pass(3_600_000)
    expect(inventory.synced).toBe(false)
    expect(lists()).toBe(1)
    names.add('b')
    names.delete('a')
    inventory.need('z')
    expect(inventory.synced).toBe(false)
    await settle()
    expect(inventory.synced).toBe(true)
    expect(inventory.all()).toEqual(['b'])
  })

  it('looks for whoever waits for a look', async () => {
    const { timing, inventory, lists } = fixture()
    await inventory.refresh()
    expect(inventory.all()).toEqual(['a'])
    await timing.pass(3_600_000)
    expect(lists()).toBe(1)
  })

  it('hurries while somebody waits for a change', async () => {
    const { timing, names, inventory } = fixture()
    inventory.need('x')
    await settle()
    inventory.hurry('x')
    names.add('b')
    await timing.pass(400)
    expect(inventory.all()).toEqual(['a', 'b'])
  })

  it('ends with its signal, and refuses looks from then on', async () => {
    const { timing, inventory, controller, done } = fixture()
    inventory.need('x')
    await settle()
    controller.abort(new Error('over'))
    await done
    expect(timing.timers).toBe(0)
    await expect(inventory.refresh()).rejects.toThrow('over')
  })
})
