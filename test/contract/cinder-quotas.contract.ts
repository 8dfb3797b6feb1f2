import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patiently } from './patiently.ts'
import { type Answer, type Client, type Session, signIn, type Target } from './target.ts'

/** What projects may use of Cinder. */
export function cinderQuotasContract(target: () => Target): void {
  describe('Cinder: quotas', () => {
    const made: string[] = []
    const NONSENSE = `nonsense-${crypto.randomUUID().slice(0, 8)}`
    let demo: Session
    let admin: Session
    const cinder = (session: Session): Client => session.service('block-storage')
    const put = (limits: object, project = demo.projectId): Promise<Answer> =>
      cinder(admin).put(`/os-quota-sets/${project}`, { json: { quota_set: limits } })
    const use = async () => (await cinder(admin).get(`/os-quota-sets/${demo.projectId}?usage=True`)).json.quota_set
    const create = async (size: number): Promise<Answer> => {
      const answer = await cinder(demo).post('/volumes', { volume: { size } })
      if (answer.status === 202) made.push(answer.json.volume.id)
      return answer
    }
    const removeAll = async () => {
      for (const id of made.splice(0)) {
        await patiently(`${id} is gone`, async () => {
          const { status } = await cinder(demo).delete(`/volumes/${id}`)
          return status === 404
        })
      }
    }

    beforeAll(async () => {
      demo = await signIn(target(), 'demo')
      admin = await signIn(target(), 'admin')
    })
    afterAll(async () => {
      await removeAll()
      for (const project of [demo.projectId, NONSENSE]) await cinder(admin).delete(`/os-quota-sets/${project}`)
    })

    it('shows limits, with and without use, to members and administrators', async () => {
      const { status, json } = await cinder(demo).get(`/os-quota-sets/${demo.projectId}`)
      expect(status).toBe(200)
      expect(json.quota_set).toMatchObject({
        ...{ id: demo.projectId, volumes: 10, gigabytes: 1000, snapshots: 10, per_volume_gigabytes: -1 },
        ...{ volumes_ssd: -1, gigabytes_ssd: -1 },
      })
      expect((await use()).gigabytes).toMatchObject({ limit: 1000, reserved: 0 })
      const defaults = await cinder(admin).get(`/os-quota-sets/${demo.projectId}/defaults`)
      expect(defaults.json.quota_set).toMatchObject({ volumes: 10, gigabytes: 1000 })
      expect((await cinder(demo).get(`/os-quota-sets/${admin.projectId}`)).status).toBe(403)
      const own = { json: { quota_set: { volumes: 11 } } }
      expect((await cinder(demo).put(`/os-quota-sets/${demo.projectId}`, own)).status).toBe(403)
    })

    it('counts a volume from its creation until it is gone', async () => {
      const before = await use()
      await create(2)
      const after = await use()
      expect(after.volumes.in_use - before.volumes.in_use).toBe(1)
      expect(after.gigabytes.in_use - before.gigabytes.in_use).toBe(2)
      expect(after.volumes_ssd.in_use - before.volumes_ssd.in_use).toBe(1)
      const { json } = await cinder(demo).get('/limits')
      expect(json.limits.absolute.totalVolumesUsed).toBe(after.volumes.in_use)
      await removeAll()
      await patiently('nothing counted', async () => (await use()).volumes.in_use === before.volumes.in_use)
    })

    it('takes a first limit below use, but not a second', async () => {
      await cinder(admin).delete(`/os-quota-sets/${demo.projectId}`)
      await create(2)
      const { in_use: used } = (await use()).gigabytes
      const first = await put({ gigabytes: 1 })
      expect(first.status).toBe(200)
      expect(first.json.quota_set).toMatchObject({ gigabytes: 1 })
      expect(first.json.quota_set).not.toHaveProperty('id')
      const second = await put({ gigabytes: 0 })
      expect(second.status).toBe(400)
      expect(second.json.badRequest.message).toBe(
        `Quota gigabytes limit must be equal or greater than existing resources. Current usage is ${used} and the requested limit is 0.`,
      )
      expect((await put({ gigabytes: -1 })).status).toBe(200)
      await removeAll()
    })

    it('answers 413 to what is too much', async () => {
      const { in_use: volumes } = (await use()).volumes
      const { in_use: gigabytes } = (await use()).gigabytes
      await put({ gigabytes: gigabytes + 1, volumes: volumes + 1 })
      const large = await create(2)
      expect([large.status, large.headers.get('retry-after')]).toEqual([413, '0'])
      expect(large.json.overLimit.message).toBe(
        `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 2G, quota is ${gigabytes + 1}G and ${gigabytes}G has been consumed.`,
      )
      await put({ gigabytes: -1, volumes })
      const many = await create(1)
      expect(many.status).toBe(413)
      expect(many.json.overLimit.message).toBe(
        `VolumeLimitExceeded: Maximum number of volumes allowed (${volumes}) exceeded for quota 'volumes'.`,
      )
    })

    it('takes any text for a project', async () => {
      expect((await put({ volumes: 5 }, NONSENSE)).status).toBe(200)
      const { json } = await cinder(admin).get(`/os-quota-sets/${NONSENSE}?usage=true`)
      expect(json.quota_set.volumes).toMatchObject({ limit: 5, in_use: 0 })
    })

    it('refuses what is no limit, and goes back to its defaults', async () => {
      for (const limits of [{ volumes: -2 }, { volumes: 'x' }, { frob: 1 }, {}, { volumes: 2 ** 31 }]) {
        expect((await put(limits)).status, JSON.stringify(limits)).toBe(400)
      }
      await put({ volumes: 500 })
      expect((await cinder(admin).delete(`/os-quota-sets/${demo.projectId}`)).status).toBe(200)
      expect((await use()).volumes.limit).toBe(10)
    })
  })
}
