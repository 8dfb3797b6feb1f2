import { afterEach, describe, expect, it } from 'vitest'
import { OpenStackError } from './errors.ts'
import { Inventory, type InventoryChange, type Lister } from './inventory.ts'
import { ManualTiming, settle } from './testing/manual-timing.ts'

interface Item {
  id: string
  updated: number
  color?: string
}

const down = new OpenStackError('down', { class: 'Unavailable', code: 'ConnectionRefused' })

/** A service whose clock is an hour off ours. */
class Service implements Lister<Item> {
  readonly items = new Map<string, Item>()
  readonly asked: string[] = []
  readonly since: number[] = []
  failure: Error | undefined
  /** What answers wait for. */
  gate: Promise<void> = Promise.resolve()
  readonly #timing: ManualTiming

  constructor(timing: ManualTiming) {
    this.#timing = timing
  }

  get now(): number {
    return this.#timing.now() + 3_600_000
  }

  put(id: string, color?: string): Item {
    const item = { id, updated: this.now, ...(color === undefined ? {} : { color }) }
    this.items.set(id, item)
    return item
  }

  idOf = (item: Item) => item.id
  updatedAt = (item: Item) => item.updated

  async everything(): Promise<Item[]> {
    return this.#answer('everything', () => [...this.items.values()])
  }

  async changes(since: number): Promise<Item[]> {
    this.since.push(since)
    return this.#answer('changes', () => [...this.items.values()].filter(({ updated }) => updated >= since))
  }

  async get(id: string): Promise<Item | undefined> {
    return this.#answer(`get ${id}`, () => this.items.get(id))
  }

  async #answer<R>(question: string, answer: () => R): Promise<R> {
    this.asked.push(question)
    if (this.failure) throw this.failure
    const result = answer()
    await this.gate
    return result
  }
}

const running: AbortController[] = []
afterEach(() => {
  for (const controller of running.splice(0)) controller.abort()
})

async function fixture(fill: (service: Service) => void = () => {}) {
  const timing = new ManualTiming()
  const service = new Service(timing)
  fill(service)
  const inventory = new Inventory<Item>(service, {
    timing,
    random: () => 0.5,
    indexes: { color: (item) => item.color },
  })
  const batches: string[][] = []
  inventory.subscribe((changes) => batches.push(changes.map(describeChange)))
  const controller = new AbortController()
  running.push(controller)
  const done = inventory.run(controller.signal)
  await settle()
  return { timing, service, inventory, batches, controller, done }
}

function describeChange({ type, id }: InventoryChange<Item>): string {
  return `${type} ${id}`
}

function hold(service: Service): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  service.gate = promise
  return () => {
    service.gate = Promise.resolve()
    resolve()
  }
}

describe('Inventory', () => {
  it('lists everything first, and tells it at once', async () => {
    const { inventory, batches } = await fixture((service) => {
      service.put('a', 'red')
      service.put('b', 'blue')
    })
    expect(inventory.synced).toBe(true)
    expect(inventory.state).toEqual({ type: 'Current' })
    // The first list is complete: that is told too, also where nothing was there.
    expect(batches).toEqual([['Added a', 'Added b'], []])
    expect(inventory.get('a')).toMatchObject({ color: 'red' })
    expect(inventory.byIndex('color', 'blue').map(({ id }) => id)).toEqual(['b'])
    expect(() => inventory.byIndex('size', '1')).toThrow(/no index/)
  })

  it('looks for changes at rest, and lists everything seldom', async () => {
    const { timing, service } = await fixture((service) => service.put('a'))
    // Never more than one full list in ten minutes: the first look after them is the one.
    await timing.pass(659_000)
    expect(service.asked).toEqual(['everything', ...Array(10).fill('changes')])
    await timing.pass(2_000)
    expect(service.asked.slice(11)).toEqual(['everything'])
  })

  it('sees what came and changed, with the service’s own clock, and tells it once', async () => {
    const { timing, service, inventory, batches } = await fixture((service) => service.put('a', 'red'))
    await timing.pass(30_000)
    service.put('b')
    service.put('a', 'green')
    await timing.pass(30_000)
    expect(batches.slice(2)).toEqual([['Added b', 'Updated a'].sort((x, y) => y.localeCompare(x))])
    expect(inventory.byIndex('color', 'red')).toEqual([])
    expect(inventory.byIndex('color', 'green')).toHaveLength(1)
    await timing.pass(240_000)
    expect(batches).toHaveLength(3)
    // At rest the window moves on: old changes are not asked for again and again.
    expect(service.since.at(-1)).toBeGreaterThan(service.items.get('b')?.updated ?? 0)
  })

  it('never misses a change, whenever it comes', async () => {
    const { timing, service, inventory } = await fixture((service) => service.put('a'))
    for (let i = 0; i < 40; i++) {
      await timing.pass(7_919)
      service.put(`x${i}`)
    }
    await timing.pass(66_000)
    expect(inventory.all()).toHaveLength(41)
    expect(service.asked.filter((question) => question === 'everything')).toHaveLength(1)
  })

  it('does not change anything when a look fails, backs off, and heals', async () => {
    const { timing, service, inventory, batches } = await fixture((service) => service.put('a'))
    service.failure = down
    service.items.clear()
    await timing.pass(60_000)
    expect(inventory.state).toMatchObject({ type: 'Failed', failure: down })
    expect(inventory.all()).toHaveLength(1)
    const asked = service.asked.length
    await timing.pass(60_000)
    expect(service.asked.length - asked).toBe(8)
    expect(batches).toHaveLength(2)
    service.failure = undefined
    await timing.pass(60_000)
    expect(inventory.state).toEqual({ type: 'Current' })
  })

  it('waits as long as the service asks for', async () => {
    const { timing, service } = await fixture((service) => service.put('a'))
    service.failure = new OpenStackError('slow down', { class: 'Throttled', code: 'X', retryAfterSeconds: 120 })
    await timing.pass(60_000)
    expect(service.asked).toHaveLength(2)
    await timing.pass(119_000)
    expect(service.asked).toHaveLength(2)
    await timing.pass(1_000)
    expect(service.asked).toHaveLength(3)
  })

  it('is not synced before a full list succeeded', async () => {
    const { timing, service, inventory } = await fixture((service) => {
      service.failure = down
    })
    expect(inventory.synced).toBe(false)
    service.failure = undefined
    await timing.pass(1_000)
    expect(inventory.synced).toBe(true)
    expect(service.asked).toEqual(['everything', 'everything'])
  })

  it('takes for gone only what the service itself says is gone', async () => {
    const { service, inventory, batches } = await fixture((service) => {
      service.put('gone')
      service.put('hidden')
    })
    const hidden = service.items.get('hidden')
    service.items.clear()
    service.get = async (id) => (id === 'hidden' ? hidden : undefined)
    await inventory.refresh({ full: true })
    expect(batches.slice(2)).toEqual([['Deleted gone']])
    expect(inventory.all().map(({ id }) => id)).toEqual(['hidden'])
  })

  it('keeps what is missing while the service cannot be asked', async () => {
    const { timing, service, inventory } = await fixture((service) => service.put('a'))
    const { get } = service
    service.items.clear()
    service.get = async () => {
      throw down
    }
    await expect(inventory.refresh({ full: true })).rejects.toBe(down)
    expect(inventory.get('a')).toBeDefined()
    service.get = get
    await timing.pass(1_000)
    await inventory.refresh({ full: true })
    expect(inventory.get('a')).toBeUndefined()
  })

  it('looks often while somebody waits, less often with time, and rests again', async () => {
    const { timing, service, inventory } = await fixture((service) => service.put('a'))
    await timing.pass(10_000)
    inventory.hurry('x')
    await timing.pass(300)
    expect(service.asked).toHaveLength(2)
    await timing.pass(20_000)
    const hurried = service.asked.length
    expect(hurried).toBeGreaterThan(12)
    expect(hurried).toBeLessThan(20)
    inventory.rest('x')
    await timing.pass(2_000)
    const rested = service.asked.length
    await timing.pass(57_000)
    expect(service.asked).toHaveLength(rested)
  })

  it('does not let those who join, one soon after the other, put off the look for ever', async () => {
    const { timing, service, inventory } = await fixture((service) => service.put('a'))
    await timing.pass(10_000)
    for (let n = 0; n < 40; n++) {
      inventory.hurry(`x${n}`)
      await timing.pass(250)
    }
    expect(service.asked).toHaveLength(1 + 5)
  })

  it('shares a look among all who ask for one, and does not hand out one that began before', async () => {
    const { timing, service, inventory } = await fixture((service) => service.put('a'))
    const release = hold(service)
    const first = inventory.refresh()
    await settle()
    service.put('b')
    const [second, third] = [inventory.refresh(), inventory.refresh()]
    release()
    await first
    await Promise.all([second, third])
    expect(inventory.get('b')).toBeDefined()
    expect(service.asked).toEqual(['everything', 'changes', 'changes'])
    expect(timing.timers).toBe(1)
  })

  it('shows at once what a call of our own returned, and no older answer undoes it', async () => {
    const { timing, service, inventory, batches } = await fixture((service) => service.put('a', 'red'))
    await timing.pass(1_000)
    const release = hold(service)
    const look = inventory.refresh({ full: true })
    await settle()
    // The look's answers are under way, and know nothing of these.
    await timing.pass(10)
    inventory.observed(service.put('a', 'green'))
    inventory.observed(service.put('b'))
    const c = service.put('c')
    inventory.observed(c)
    service.items.delete('c')
    inventory.observedGone('c')
    release()
    await look
    expect(inventory.get('a')).toMatchObject({ color: 'green' })
    expect(inventory.get('b')).toBeDefined()
    expect(inventory.get('c')).toBeUndefined()
    expect(batches.slice(2)).toEqual([['Updated a'], ['Added b'], ['Added c'], ['Deleted c']])
    expect(service.asked.filter((question) => question.startsWith('get'))).toEqual([])
  })

  it('does not bring back what was seen gone while a list was under way', async () => {
    const { timing, service, inventory, batches } = await fixture((service) => service.put('a'))
    const release = hold(service)
    const look = inventory.refresh({ full: true })
    await settle()
    await timing.pass(10)
    service.items.delete('a')
    inventory.observedGone('a')
    release()
    await look
    expect(inventory.get('a')).toBeUndefined()
    await inventory.refresh({ full: true })
    expect(batches.slice(2)).toEqual([['Deleted a']])
  })

  it('ignores an answer of ours that is older than what is known', async () => {
    const { inventory, service } = await fixture((service) => service.put('a', 'new'))
    inventory.observed({ id: 'a', updated: (service.items.get('a')?.updated ?? 0) - 5_000, color: 'old' })
    expect(inventory.get('a')).toMatchObject({ color: 'new' })
  })

  it('ends with its signal, and leaves nothing behind', async () => {
    const { timing, inventory, controller, done, service } = await fixture((service) => service.put('a'))
    const release = hold(service)
    const look = inventory.refresh()
    await settle()
    const waiting = inventory.refresh()
    controller.abort(new Error('the end'))
    release()
    await done
    await look.catch(() => {})
    await expect(waiting).rejects.toThrow('the end')
    await timing.pass(600_000)
    expect(service.asked).toHaveLength(2)
    expect(timing.timers).toBe(0)
  })
})
