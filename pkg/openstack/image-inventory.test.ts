import { describe, expect, it } from 'vitest'
import type { Cloud } from '../../test/cloud/cloud.ts'
import { createImageInventory, type ImageInventoryOptions } from './image-inventory.ts'
import { imageIdFor, markKey, markProperty } from './mark.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'
import { realTiming } from './timing.ts'

const { start, session: open } = cloudFixture()

async function fixture(cloud: Cloud, options: ImageInventoryOptions = {}) {
  const { images } = open(cloud.cloudsYaml())
  const inventory = createImageInventory(images, { intervalSeconds: 3600, ...options })
  const controller = new AbortController()
  const done = inventory.run(controller.signal)
  await inventory.refresh()
  return {
    images,
    inventory,
    async [Symbol.asyncDispose]() {
      controller.abort()
      await done
    },
  }
}

/** Requests that a full list takes, not counting those of the hidden list. */
async function plainRequests(cloud: Cloud, list: () => Promise<void>): Promise<number> {
  cloud.requests.clear()
  await list()
  const requests = cloud.requests.all({ service: 'image' })
  expect(requests.every(({ method, path }) => method === 'GET' && path === '/v2/images')).toBe(true)
  return requests.filter(({ query }) => !query.includes('os_hidden')).length
}

describe('the image inventory', () => {
  it.each([
    [0, 1],
    [1, 1],
    [999, 1],
    [1000, 1],
    [1001, 2],
    [2000, 2],
    [2500, 3],
  ])('reads %i images with %i requests for pages', async (count, requests) => {
    const cloud = await start()
    cloud.seed(count)
    await using context = await fixture(cloud)
    expect(context.inventory.all()).toHaveLength(count)
    expect(await plainRequests(cloud, () => context.inventory.refresh({ full: true }))).toBe(requests)
    cloud.seed(1)
    await context.inventory.refresh({ full: true })
    expect(context.inventory.all()).toHaveLength(count + 1)
  })

  it('asks for changes with two requests, whatever there is', async () => {
    const cloud = await start()
    cloud.seed(1500)
    let slept = 0
    await using context = await fixture(cloud, { timing: { ...realTiming, now: () => performance.now() + slept } })
    cloud.requests.clear()
    slept = 5_000
    // The first look may still overlap with the newest of what was listed.
    await context.inventory.refresh()
    cloud.requests.clear()
    await context.inventory.refresh()
    expect(cloud.requests.count()).toBe(2)
  })

  it('follows images that come, change, hide and go', async () => {
    const cloud = await start()
    const [first = ''] = cloud.seed(1, () => ({ name: 'first' }))
    await using context = await fixture(cloud)
    const { images, inventory } = context
    const told: string[] = []
    inventory.subscribe((changes) => told.push(...changes.map(({ type, id }) => `${type} ${id === first ? 1 : 2}`)))
    const [second = ''] = cloud.seed(1, () => ({ name: 'second' }))
    await inventory.refresh()
    await images.update(first, [{ op: 'replace', path: '/os_hidden', value: true }])
    await inventory.refresh()
    expect(inventory.get(first)).toMatchObject({ os_hidden: true })
    expect(inventory.byIndex('name', 'second')).toMatchObject([{ id: second }])
    await images.remove(second)
    await inventory.refresh()
    expect(inventory.get(second)).toBeDefined()
    await inventory.refresh({ full: true })
    expect(told).toEqual(['Added 2', 'Updated 1', 'Deleted 2'])
    expect(inventory.all().map(({ id }) => id)).toEqual([first])
  })

  it('finds our images by their mark, and no snapshot that took it over', async () => {
    const cloud = await start()
    const mark = 'acme/desktops/w11'
    const id = imageIdFor(mark, 1)
    await using context = await fixture(cloud)
    const { images, inventory } = context
    const image = {
      name: 'i',
      disk_format: 'raw',
      container_format: 'bare',
      properties: { [markKey]: markProperty(mark, id) },
    }
    await images.create({ ...image, id })
    await images.create({ ...image, id: imageIdFor('snapshot', 1) })
    await inventory.refresh()
    expect(inventory.all()).toHaveLength(2)
    expect(inventory.byIndex('mark', mark)).toMatchObject([{ id }])
  })

  it('holds the project’s images only, or all that are visible', async () => {
    const cloud = await start()
    cloud.seed(2)
    cloud.seed(3, () => ({ owner: cloud.project('admin').id, visibility: 'public' }))
    await using own = await fixture(cloud, { owner: cloud.project('demo').id })
    expect(own.inventory.all()).toHaveLength(2)
    await using all = await fixture(cloud)
    expect(all.inventory.all()).toHaveLength(5)
  })

  it('begins anew when the image that marks the next page is deleted meanwhile', async () => {
    const cloud = await start()
    cloud.seed(1500)
    await using context = await fixture(cloud)
    cloud.faults.add({
      match: { service: 'image' },
      skip: 1,
      action: { type: 'Status', status: 400, body: 'No image found with ID x' },
    })
    expect(await plainRequests(cloud, () => context.inventory.refresh({ full: true }))).toBe(4)
    expect(context.inventory.all()).toHaveLength(1500)
  })

  it('loses nothing to a list that breaks off, or an outage', async () => {
    const cloud = await start()
    cloud.seed(1500)
    await using context = await fixture(cloud)
    cloud.faults.add({ match: { service: 'image' }, skip: 1, action: { type: 'Status', status: 503 } })
    await expect(context.inventory.refresh({ full: true })).rejects.toMatchObject({ class: 'Unavailable' })
    expect(context.inventory.all()).toHaveLength(1500)
    expect(context.inventory.state.type).toBe('Failed')
    await cloud.outage(true)
    await expect(context.inventory.refresh({ full: true })).rejects.toMatchObject({ code: 'ConnectionRefused' })
    await cloud.outage(false)
    await context.inventory.refresh({ full: true })
    expect(context.inventory.all()).toHaveLength(1500)
    expect(context.inventory.state.type).toBe('Current')
  })
})
