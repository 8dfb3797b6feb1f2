import { afterEach, describe, expect, it } from 'vitest'
import { createFlavorInventory } from './flavor-inventory.ts'
import type { Inventory } from './inventory.ts'
import { UsersKeyPairs } from './key-pair-inventory.ts'
import { flavorDescription } from './mark.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()
const running: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of running.splice(0)) await stop()
})

function run(inventory: Pick<Inventory<unknown>, 'run'>): void {
  const controller = new AbortController()
  const done = inventory.run(controller.signal)
  running.push(async () => {
    controller.abort()
    await done
  })
}

const flavor = { vcpus: 1, ram: 64, disk: 1, is_public: false }

describe('the flavor inventory', () => {
  it('holds private flavors too, for an administrator, by mark and name', async () => {
    const cloud = await start()
    const { flavors } = open(cloud.cloudsYaml(), 'admin')
    await flavors.create({ ...flavor, id: 'a', name: 'office', description: flavorDescription('acme/d/office') })
    const inventory = createFlavorInventory(flavors, { intervalSeconds: 3600 })
    run(inventory)
    await inventory.refresh()
    expect(inventory.byIndex('mark', 'acme/d/office')).toMatchObject([{ id: 'a' }])
    await flavors.create({ ...flavor, id: 'b', name: 'home' })
    await flavors.remove('a')
    await inventory.refresh()
    expect(inventory.all().map(({ id }) => id)).toEqual(['b'])
    expect(inventory.byIndex('name', 'home')).toHaveLength(1)
    const own = createFlavorInventory(open(cloud.cloudsYaml(), 'demo').flavors)
    run(own)
    await own.refresh()
    expect(own.all()).toEqual([])
  })

  it('reads page after page', async () => {
    const cloud = await start()
    const { flavors } = open(cloud.cloudsYaml(), 'admin')
    for (const id of ['a', 'b', 'c']) await flavors.create({ ...flavor, id, name: id })
    const first = await flavors.page({ limit: 2 })
    expect(first).toMatchObject({ flavors: [{ id: 'a' }, { id: 'b' }], next: 'b' })
    expect(await flavors.page({ limit: 2, marker: 'b' })).toMatchObject({ flavors: [{ id: 'c' }] })
    const gone = { class: 'Conflict', code: 'BadQuery' }
    await expect(flavors.page({ marker: 'nowhere' })).rejects.toMatchObject(gone)
  })
})

describe('the key pair inventories', () => {
  it('are one for each user', async () => {
    const cloud = await start()
    const [admin, demo] = [open(cloud.cloudsYaml(), 'admin'), open(cloud.cloudsYaml(), 'demo')]
    const blob = `0000000b7373682d6564323535313900000020${'07'.repeat(32)}`
    const public_key = `ssh-ed25519 ${Buffer.from(blob, 'hex').toString('base64')}`
    const user = (await demo.session.identity()).user.id
    await demo.keyPairs.create({ name: 'his', type: 'ssh', public_key })
    await admin.keyPairs.create({ name: 'mine', type: 'ssh', public_key })
    const inventories = new UsersKeyPairs(admin.keyPairs)
    const early = inventories.of()
    run(inventories)
    const late = inventories.of(user)
    await early.refresh()
    await late.refresh()
    expect(early.all().map(({ name }) => name)).toEqual(['mine'])
    expect(late.all().map(({ name }) => name)).toEqual(['his'])
  })
})
