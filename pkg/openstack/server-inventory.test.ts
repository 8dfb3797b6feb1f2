import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Cloud } from '../../test/cloud/cloud.ts'
import { createServerInventory } from './server-inventory.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()

/** A cloud with `count` servers of demo, all but one copied into its state. */
async function cloudWith(count: number): Promise<Cloud> {
  const cloud = await start()
  const [image = ''] = cloud.seed(1)
  const flavor = { id: 'tiny', name: 'tiny', vcpus: 1, ram: 64, disk: 1, is_public: true }
  await open(cloud.cloudsYaml(), 'admin').flavors.create(flavor)
  const { servers } = open(cloud.cloudsYaml())
  const { id } = await servers.create({
    ...{ name: 'pc', flavorRef: 'tiny', imageRef: image, networks: 'none' },
    ...{ metadata: { auxo_mark: 'acme/desktops/pc' }, tags: ['auxo-1'] },
  })
  await servers.get(id)
  const made = cloud.nova.state.servers[id]
  if (!made) throw new Error('no server')
  for (let number = 1; number < count; number++) add(cloud, made, number)
  return cloud
}

function add(cloud: Cloud, made: Cloud['nova']['state']['servers'][string], number: number): void {
  const id = randomUUID()
  const createdAt = made.createdAt + number * 1000
  cloud.nova.state.servers[id] = { ...structuredClone(made), id, number: 1000 + number, createdAt }
}

async function fixture(count: number, options: Parameters<typeof createServerInventory>[1] = {}) {
  const cloud = await cloudWith(count)
  const { servers, serverActions } = open(cloud.cloudsYaml())
  const inventory = createServerInventory(servers, { intervalSeconds: 3600, ...options })
  const controller = new AbortController()
  const done = inventory.run(controller.signal)
  await inventory.refresh()
  return {
    ...{ cloud, servers, serverActions, inventory },
    /** Paths of the requests to Nova that `work` costs. */
    async requests(work: () => Promise<unknown>): Promise<string[]> {
      const before = cloud.requests.count({ service: 'compute' })
      await work()
      const all = cloud.requests.all({ service: 'compute' }).slice(before)
      return all.map(({ path, query }) => `${path}?${decodeURIComponent(query)}`)
    },
    async [Symbol.asyncDispose]() {
      controller.abort()
      await done
    },
  }
}

describe('the server inventory', () => {
  it.each([
    [1, 1],
    [1000, 1],
    [1001, 2],
  ])('lists %i servers with %i requests', async (count, pages) => {
    await using context = await fixture(count)
    const { inventory, requests } = context
    expect(inventory.all()).toHaveLength(count)
    expect(await requests(() => inventory.refresh({ full: true }))).toHaveLength(pages)
    expect(inventory.all()).toHaveLength(count)
  })

  it('finds servers by mark, tag, name and flavor', async () => {
    await using context = await fixture(1)
    const { inventory } = context
    for (const [index, value] of Object.entries({
      mark: 'acme/desktops/pc',
      tag: 'auxo-1',
      name: 'pc',
      flavor: 'tiny',
    })) {
      expect(inventory.byIndex(index, value), index).toHaveLength(1)
    }
  })

  it('asks for what changed, with an overlap, and sees changes and deletions', async () => {
    await using context = await fixture(3)
    const { cloud, servers, serverActions, inventory, requests } = context
    const [first, second, third] = inventory.all()
    if (!first || !second || !third) throw new Error('no servers')
    cloud.nova.state.settings.reclaimSeconds = 0
    await serverActions.lock(first.id, 'ours')
    await servers.remove(second.id)
    cloud.nova.state.settings.reclaimSeconds = 600
    await servers.remove(third.id)
    const before = Date.now()
    const [look = '', ...others] = await requests(() => inventory.refresh())
    expect(others).toEqual([])
    const since = Date.parse(/changes-since=([^&]+)/.exec(look)?.[1] ?? '')
    expect(before - since).toBeGreaterThanOrEqual(2000)
    expect(before - since).toBeLessThan(70_000)
    expect(inventory.all()).toMatchObject([{ id: first.id, locked: true, locked_reason: 'ours' }])
    expect(await servers.get(third.id), 'which can be restored').toMatchObject({ status: 'SOFT_DELETED' })
    expect(await servers.get(second.id)).toBeUndefined()
  })

  it('asks for little, though nothing has changed for days', async () => {
    const cloud = await cloudWith(1)
    for (const server of Object.values(cloud.nova.state.servers)) {
      Object.assign(server, { createdAt: 1_700_000_000_000, updatedAt: 1_700_000_000_000 })
    }
    const inventory = createServerInventory(open(cloud.cloudsYaml()).servers, { intervalSeconds: 3600 })
    const controller = new AbortController()
    const done = inventory.run(controller.signal)
    await inventory.refresh()
    await inventory.refresh()
    const since = /changes-since=([^&]+)/.exec(cloud.requests.all({ service: 'compute' }).at(-1)?.query ?? '')?.[1]
    expect(Date.now() - Date.parse(decodeURIComponent(since ?? ''))).toBeLessThan(70_000)
    controller.abort()
    await done
  })

  it('takes in what our own calls show', async () => {
    await using context = await fixture(1)
    const { servers, serverActions, inventory } = context
    const [server] = inventory.all()
    await serverActions.lock(server?.id ?? '', undefined)
    const live = await servers.get(server?.id ?? '')
    if (!live) throw new Error('no server')
    inventory.observed(live)
    expect(inventory.get(live.id)).toMatchObject({ locked: true })
    inventory.observed({ ...live, status: 'SOFT_DELETED' })
    expect(inventory.get(live.id)).toBeUndefined()
  })
})
