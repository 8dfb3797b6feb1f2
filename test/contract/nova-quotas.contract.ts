import { afterAll, describe, expect, it } from 'vitest'
import { computeBench, novaMessage } from './compute-bench.ts'
import type { Target } from './target.ts'

/** Quotas and what counts against them. */
export function novaQuotasContract(target: () => Target): void {
  describe('Nova: quotas', () => {
    const bench = computeBench(target)
    const path = (suffix = '') => `/os-quota-sets/${bench().sessions.demo.projectId}${suffix}`
    const set = (quota_set: object) => bench().put(path(), { quota_set }, { by: 'admin' })
    const detail = async () => (await bench().get(path('/detail'))).json.quota_set
    afterAll(() => bench().delete(path(), { by: 'admin' }))

    it('are shown to members and set by administrators', async () => {
      const shown = await bench().get(path())
      expect(shown.json.quota_set).toEqual({
        ...{ id: bench().sessions.demo.projectId, cores: 20, instances: 10, key_pairs: 100, metadata_items: 128 },
        ...{ ram: 51_200, server_group_members: 10, server_groups: 10 },
      })
      expect((await bench().put(path(), { quota_set: { cores: 1 } })).status).toBe(403)
      expect((await set({ cores: 30 })).json.quota_set.cores).toBe(30)
      expect((await bench().get(path('/defaults'), { by: 'admin' })).json.quota_set.cores).toBe(20)
      expect((await bench().delete(path(), { by: 'admin' })).status).toBe(202)
      expect((await bench().get(path())).json.quota_set.cores).toBe(20)
    })

    it('belong to projects that Keystone has', async () => {
      const other = bench().sessions.admin.projectId
      expect((await bench().get(`/os-quota-sets/${other}`)).status).toBe(403)
      const nonsense = '/os-quota-sets/nonsense'
      expect((await bench().get(nonsense, { by: 'admin' })).status).toBe(400)
      expect((await bench().put(nonsense, { quota_set: { cores: 1 } }, { by: 'admin' })).status).toBe(400)
    })

    it('are numbers from -1, of resources that Nova counts', async () => {
      for (const quota of [{ cores: -2 }, { cores: 'many' }, { cpus: 1 }, { fixed_ips: 1 }]) {
        expect([quota, (await set(quota)).status]).toEqual([quota, 400])
      }
      expect((await set({ cores: -1, ram: '100000' })).json.quota_set).toMatchObject({ cores: -1, ram: 100_000 })
    })

    it('count servers from their creation, and refuse what goes over', async () => {
      await set({ cores: 20, instances: 10, ram: 51_200 })
      const before = await detail()
      const [used, ram] = [before.cores.in_use, before.ram.in_use]
      expect(before.cores).toEqual({ in_use: used, limit: 20, reserved: 0 })
      const id = await bench().boot({ flavorRef: bench().large })
      expect((await detail()).cores.in_use).toBe(used + 2)
      expect((await detail()).ram.in_use).toBe(ram + 128)
      const { absolute } = (await bench().get('/limits')).json.limits
      expect([absolute.totalCoresUsed, absolute.maxTotalCores]).toEqual([used + 2, 20])

      const below = await set({ cores: used + 1 })
      expect(below.status).toBe(400)
      expect(novaMessage(below)).toMatch(/must be greater than or equal to already used and reserved/)
      expect((await set({ cores: used + 1, force: true })).status).toBe(200)
      expect((await set({ cores: used + 3 })).status).toBe(200)
      const over = await bench().create({ flavorRef: bench().large })
      expect(over.status).toBe(403)
      expect(novaMessage(over)).toBe(
        `Quota exceeded for cores: Requested 2, but already used ${used + 2} of ${used + 3} cores`,
      )
      await set({ cores: 20 })

      expect((await bench().delete(`/servers/${id}`)).status).toBe(204)
      expect(await bench().settled(id)).toBe('SOFT_DELETED')
      expect((await detail()).cores.in_use).toBe(used)
    })
  })
}
