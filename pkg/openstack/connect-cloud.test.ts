import { describe, expect, it } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { readCloud } from './clouds-yaml.ts'
import { type CloudConnection, connectCloud } from './connect-cloud.ts'
import { readLimits } from './limits.ts'
import { EndpointBuckets } from './rate-limit.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'
import { ManualTiming } from './testing/manual-timing.ts'

const { start } = cloudFixture()

async function end(connection: CloudConnection): Promise<void> {
  await connection.run(AbortSignal.abort())
}

describe('connectCloud', () => {
  it('logs in and keeps an inventory of the project’s images until the end', async () => {
    const cloud = await start()
    cloud.seed(2)
    cloud.seed(1, () => ({ owner: cloud.project('admin').id, visibility: 'public' }))
    const connection = await connectCloud({ ownerID: 'acme', profile: readCloud(cloud.cloudsYaml(), 'demo') })
    const { health, projectID, imageInventory } = connection.cloud
    expect(projectID).toBe(cloud.project('demo').id)
    expect(health.state).toBe('Ready')
    const controller = new AbortController()
    const done = connection.run(controller.signal)
    await imageInventory.refresh()
    expect(imageInventory.all()).toHaveLength(2)
    controller.abort()
    await done
    await expect(
      connection.cloud.session.request({ service: 'image', method: 'GET', path: '/images' }),
    ).rejects.toThrow()
  })

  it('lists of Nova only what somebody needs', async () => {
    const cloud = await start()
    const connection = await connectCloud({ ownerID: 'acme', profile: readCloud(cloud.cloudsYaml(), 'demo') })
    const { imageInventory, serverInventory, flavorInventory, keyPairInventories } = connection.cloud
    const controller = new AbortController()
    const done = connection.run(controller.signal)
    await imageInventory.refresh()
    expect(cloud.requests.count({ service: 'compute' })).toBe(0)
    const own = keyPairInventories.of()
    expect(keyPairInventories.of()).toBe(own)
    for (const inventory of [serverInventory, flavorInventory, own]) {
      inventory.need('desktops/pc')
      await inventory.refresh()
      expect(inventory.synced).toBe(true)
    }
    const asked = cloud.requests.all({ service: 'compute' }).map(({ path }) => path)
    expect(new Set(asked)).toEqual(
      new Set(['/v2.1/', '/v2.1/servers/detail', '/v2.1/flavors/detail', '/v2.1/os-keypairs']),
    )
    controller.abort()
    await done
  })

  it('looks at servers as often as it is told to', async () => {
    const cloud = await start()
    const servers = { intervalSeconds: 0.01 }
    const profile = readCloud(cloud.cloudsYaml(), 'demo')
    const connection = await connectCloud({ ownerID: 'acme', profile, servers })
    const controller = new AbortController()
    const done = connection.run(controller.signal)
    connection.cloud.serverInventory.need('desktops/pc')
    const looks = () => cloud.requests.count({ service: 'compute', path: /servers/ })
    await eventually('several looks', () => looks() > 3)
    controller.abort()
    await done
  })

  it('makes both clouds on one server wait when the service asks one of them to', async () => {
    const cloud = await start()
    const timing = new ManualTiming()
    const buckets = new EndpointBuckets(timing)
    const connect = async (name: string) =>
      connectCloud({ ownerID: 'acme', profile: readCloud(cloud.cloudsYaml(), name), buckets })
    const [one, two] = [await connect('demo'), await connect('admin')]
    const images = { service: 'image', method: 'GET', path: '/images' } as const
    cloud.faults.add({ match: { path: /images/ }, action: { type: 'Status', status: 429, retryAfterSeconds: 30 } })
    await expect(one.cloud.session.request(images)).rejects.toMatchObject({ class: 'Throttled' })
    const sent = cloud.requests.count()
    const second = two.cloud.session.request(images)
    await timing.pass(29_999)
    expect(cloud.requests.count()).toBe(sent)
    await timing.pass(1)
    expect((await second).status).toBe(200)
    await end(one)
    await end(two)
  })

  it('locks from outside the servers’ project, where the credential reaches there', async () => {
    const cloud = await start()
    const yaml = cloud.cloudsYaml()
    const profile = readCloud(yaml, 'admin', { project: { name: 'demo' } })
    const advisory = async (lockProfile: Parameters<typeof connectCloud>[0]['lockProfile']) => {
      const connection = await connectCloud({ ownerID: 'acme', profile, lockProfile })
      await end(connection)
      return connection.cloud.locks.advisory
    }
    expect(await advisory(readCloud(yaml, 'admin'))).toBe(false)
    expect(await advisory(profile)).toBe(true)
    expect(await advisory(undefined)).toBe(true)
    // It has no role in that other project: then the lock is as good as it can be.
    expect(await advisory(readCloud(yaml, 'demo', { project: { name: 'admin' } }))).toBe(true)
  })

  it('fails with what the login fails with', async () => {
    const cloud = await start()
    const profile = readCloud(cloud.cloudsYaml().replaceAll('demopass', 'wrong'), 'demo')
    await expect(connectCloud({ ownerID: 'acme', profile })).rejects.toMatchObject({ code: 'CredentialsRejected' })
  })
})

describe('readLimits', () => {
  it('tells the limits of all services, with what is used', async () => {
    const cloud = await start()
    cloud.limits.countTotal = 100
    cloud.seed(3)
    const connection = await connectCloud({ ownerID: 'acme', profile: readCloud(cloud.cloudsYaml(), 'demo') })
    const { absolute, rate, failures } = await readLimits(connection.cloud.session)
    expect(absolute).toContainEqual({ service: 'compute', name: 'maxTotalCores', limit: 20, used: 0 })
    expect(absolute).toContainEqual({ service: 'compute', name: 'maxTotalRAMSize', limit: 51_200, used: 0 })
    expect(absolute).toContainEqual({ service: 'image', name: 'image_count_total', limit: 100, used: 3 })
    expect(absolute.find(({ name }) => name === 'maxTotalVolumeGigabytes')).toMatchObject({ used: expect.any(Number) })
    expect(rate).toEqual([])
    expect(failures).toEqual({})
    await end(connection)
  })

  it('tells which service did not answer, beside the limits of the others', async () => {
    const cloud = await start()
    const connection = await connectCloud({ ownerID: 'acme', profile: readCloud(cloud.cloudsYaml(), 'demo') })
    cloud.faults.add({ match: { service: 'compute' }, action: { type: 'Status', status: 503 } })
    const { absolute, failures } = await readLimits(connection.cloud.session)
    expect(failures).toMatchObject({ compute: { class: 'Unavailable' } })
    expect(absolute.some(({ service }) => service === 'block-storage')).toBe(true)
    await end(connection)
  })
})
