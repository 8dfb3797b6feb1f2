import { describe, expect, it } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()

describe('VolumeService', () => {
  it('knows a volume from its making to its end', async () => {
    const cloud = await start()
    const { session, volumes } = open(cloud.cloudsYaml())
    const json = { volume: { name: 'root', size: 3, volume_type: 'ssd', metadata: { a: 'b' } } }
    const { body } = await session.request({ service: 'block-storage', method: 'POST', path: '/volumes', json })
    const { id } = (body as { volume: { id: string } }).volume
    await eventually('the volume is there', async () => (await volumes.get(id))?.status === 'available')
    const expected = { id, name: 'root', size: 3, volume_type: 'ssd', bootable: false, metadata: { a: 'b' } }
    expect(await volumes.get(id)).toMatchObject({ ...expected, attachments: [] })
    expect(await volumes.remove(id)).toBe('Removed')
    await eventually('the volume is gone', async () => (await volumes.get(id)) === undefined)
    expect(await volumes.remove(id)).toBe('Absent')
  })

  it('finds volumes of exactly a name', async () => {
    const cloud = await start()
    const { session, volumes } = open(cloud.cloudsYaml())
    const make = (name: string) => {
      const json = { volume: { name, size: 1 } }
      return session.request({ service: 'block-storage', method: 'POST', path: '/volumes', json })
    }
    for (const name of ['data', 'Data', 'data']) await make(name)
    expect((await volumes.named('data')).map(({ name }) => name)).toEqual(['data', 'data'])
    expect(await volumes.named('DATA')).toEqual([])
  })

  it('tells the types of volumes', async () => {
    const cloud = await start()
    const types = await open(cloud.cloudsYaml()).volumes.types()
    expect(types.map(({ name }) => name)).toEqual(expect.arrayContaining(['ssd', 'hdd']))
  })

  it('says that a volume is in use', async () => {
    const cloud = await start()
    const { volumes } = open(cloud.cloudsYaml())
    const body = JSON.stringify({ badRequest: { code: 400, message: 'Volume status must be available' } })
    cloud.faults.add({ match: { method: 'DELETE' }, action: { type: 'Status', status: 400, body } })
    await expect(volumes.remove('x')).rejects.toMatchObject({ class: 'Refused', code: 'VolumeInUse' })
  })
})

describe('VolumeQuotaService', () => {
  it('reads, sets and takes back limits of a project', async () => {
    const cloud = await start()
    const { volumeQuotas } = open(cloud.cloudsYaml(), 'admin')
    const { id } = cloud.project('demo')
    expect((await volumeQuotas.get(id))['volumes']).toEqual({ limit: 10, in_use: 0, reserved: 0 })
    await volumeQuotas.update(id, { volumes: 400, gigabytes: -1 })
    expect(await volumeQuotas.get(id)).toMatchObject({ volumes: { limit: 400 }, gigabytes: { limit: -1 } })
    await volumeQuotas.reset(id)
    expect(await volumeQuotas.get(id)).toMatchObject({ volumes: { limit: 10 }, gigabytes: { limit: 1000 } })
  })

  it('lets members read their own project’s', async () => {
    const cloud = await start()
    const { volumeQuotas } = open(cloud.cloudsYaml())
    expect(await volumeQuotas.get(cloud.project('demo').id)).toMatchObject({ volumes: { limit: 10 } })
    const forbidden = { class: 'Refused', code: 'Forbidden' }
    await expect(volumeQuotas.get(cloud.project('admin').id)).rejects.toMatchObject(forbidden)
    await expect(volumeQuotas.update(cloud.project('demo').id, { volumes: 1 })).rejects.toMatchObject(forbidden)
  })
})
