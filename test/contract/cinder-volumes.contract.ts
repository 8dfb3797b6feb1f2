import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageBench, UNKNOWN_ID } from './image-bench.ts'
import { patiently } from './patiently.ts'
import { type Answer, type Client, type Session, signIn, type Target } from './target.ts'

/** Volumes and their types. */
export function cinderVolumesContract(target: () => Target): void {
  describe('Cinder: volumes', () => {
    const images = imageBench(target)
    const mark = crypto.randomUUID().slice(0, 8)
    const made: string[] = []
    let demo: Session
    let admin: Session
    const cinder = (session = demo): Client => session.service('block-storage')
    const create = async (fields: object): Promise<Answer> => {
      const answer = await cinder().post('/volumes', { volume: fields })
      if (answer.status === 202) made.push(answer.json.volume.id)
      return answer
    }
    const show = async (id: string, session = demo) => (await cinder(session).get(`/volumes/${id}`)).json?.volume
    const available = (id: string) =>
      patiently(`${id} is available`, async () => {
        const volume = await show(id)
        return volume?.status === 'available' && volume
      })
    const gone = (id: string) =>
      patiently(`${id} is gone`, async () => (await cinder().get(`/volumes/${id}`)).status === 404)
    const fault = ({ status, json }: Answer) => [status, Object.keys(json)[0]]

    beforeAll(async () => {
      demo = await signIn(target(), 'demo')
      admin = await signIn(target(), 'admin')
    })
    afterAll(async () => {
      for (const id of made) await cinder(admin).delete(`/volumes/${id}`)
      await Promise.all(made.map(gone))
    })

    it('lists types, with extra specs for administrators', async () => {
      const { status, json } = await cinder().get('/types')
      expect(status).toBe(200)
      const names = json.volume_types.map((one: { name: string }) => one.name)
      expect(names).toEqual(expect.arrayContaining(['ssd', 'hdd']))
      const ssd = json.volume_types.find((one: { name: string }) => one.name === 'ssd')
      expect(ssd).toMatchObject({ is_public: true, description: null })
      expect(ssd.extra_specs ?? {}).toEqual({})
      const shown = await cinder(admin).get(`/types/${ssd.id}`)
      expect(shown.json.volume_type.extra_specs).toEqual({ volume_backend_name: 'ssd' })
      expect((await cinder().get('/types/default')).json.volume_type.name).toBe('ssd')
      expect(fault(await cinder().get(`/types/${UNKNOWN_ID}`))).toEqual([404, 'itemNotFound'])
    })

    it('makes an empty volume and removes it, each in its own time', async () => {
      const answer = await create({ size: 1, name: mark, metadata: { mark } })
      expect(answer.status).toBe(202)
      const { id } = answer.json.volume
      expect(answer.json.volume).toMatchObject({
        ...{ status: 'creating', size: 1, name: mark, description: null, metadata: { mark }, bootable: 'false' },
        ...{ volume_type: 'ssd', attachments: [], multiattach: false, encrypted: false, user_id: demo.userId },
      })
      expect(await available(id)).toMatchObject({
        ...{ availability_zone: 'nova', 'os-vol-tenant-attr:tenant_id': demo.projectId },
      })
      const asAdmin = await show(id, admin)
      expect(asAdmin).toHaveProperty('os-vol-host-attr:host')
      expect(await show(id)).not.toHaveProperty('os-vol-host-attr:host')
      const renamed = await cinder().put(`/volumes/${id}`, { json: { volume: { name: `${mark}-2` } } })
      expect(renamed.json.volume).toMatchObject({ name: `${mark}-2`, metadata: { mark } })
      const deleted = await cinder().delete(`/volumes/${id}`)
      expect(deleted.status).toBe(202)
      await gone(id)
      expect(fault(await cinder().delete(`/volumes/${id}`))).toEqual([404, 'itemNotFound'])
    })

    it('makes a volume from an image that fits', async () => {
      const image = await images().makeActive('vdi', { min_disk: 2 })
      const { json } = await create({ size: 2, imageRef: image, volume_type: 'hdd' })
      const volume = await available(json.volume.id)
      expect(volume).toMatchObject({ bootable: 'true', volume_type: 'hdd', size: 2 })
      expect(volume.volume_image_metadata).toMatchObject({ image_id: image })
      const small = await create({ size: 1, imageRef: image })
      expect(fault(small)).toEqual([400, 'badRequest'])
      expect(small.json.badRequest.message).toContain('cannot be smaller than the image minDisk size 2GB.')
      const empty = await images().makeRaw()
      expect((await create({ size: 1, imageRef: empty })).json.badRequest.message).toContain('is not active')
      expect((await create({ size: 1, imageRef: UNKNOWN_ID })).json.badRequest.message).toBe(
        'Invalid image identifier or unable to access requested image.',
      )
    })

    it('refuses what it cannot make', async () => {
      for (const size of [0, -1, 'x', undefined]) {
        expect(fault(await create({ size })), String(size)).toEqual([400, 'badRequest'])
      }
      expect(fault(await create({ size: 1, volume_type: 'nonsense' }))).toEqual([404, 'itemNotFound'])
      expect(fault(await create({ size: 1, availability_zone: 'nonsense' }))).toEqual([400, 'badRequest'])
    })

    it('lets readers write, unlike the other services', async () => {
      const reader = await signIn(target(), 'reader')
      const { status, json } = await cinder(reader).post('/volumes', { volume: { size: 1 } })
      expect(status).toBe(202)
      await available(json.volume.id)
      expect((await cinder(reader).delete(`/volumes/${json.volume.id}`)).status).toBe(202)
      await gone(json.volume.id)
    })

    it("lists a project's volumes in pages, newest first; all of them to administrators", async () => {
      const ids: string[] = []
      for (const name of ['a', 'b', 'c']) ids.push((await create({ size: 1, name: `${mark}-${name}` })).json.volume.id)
      await Promise.all(ids.map(available))
      const listed = await cinder().get('/volumes/detail?limit=2')
      expect(listed.json.volumes).toHaveLength(2)
      const { rel, href } = listed.json.volumes_links[0]
      expect(rel).toBe('next')
      expect(href).toContain('/volumes/detail?')
      expect(href).toContain(`marker=${listed.json.volumes[1].id}`)
      const named = await cinder().get(`/volumes?name=${mark}-B`)
      expect(named.json.volumes.map((one: { id: string }) => one.id)).toEqual([ids[1]])
      expect(new Set(Object.keys(named.json.volumes[0]))).toEqual(new Set(['id', 'links', 'name']))
      const all = await cinder(admin).get('/volumes/detail?all_tenants=1')
      expect(all.json.volumes.map((one: { id: string }) => one.id)).toEqual(expect.arrayContaining(ids))
      const own = await cinder(admin).get('/volumes/detail')
      expect(own.json.volumes.map((one: { id: string }) => one.id)).not.toContain(ids[0])
      expect((await cinder().get(`/volumes/${UNKNOWN_ID}`)).json.itemNotFound.message).toBe(
        `Volume ${UNKNOWN_ID} could not be found.`,
      )
    })
  })
}
