import { describe, expect, it } from 'vitest'
import { computeBench, novaMessage } from './compute-bench.ts'
import type { Target } from './target.ts'

const ADMIN = { by: 'admin' } as const

/** Flavors: ids, what each microversion shows, access, extra specs. */
export function novaFlavorsContract(target: () => Target): void {
  describe('Nova: flavors', () => {
    const bench = computeBench(target)
    const make = (fields: object = {}, version = '2.96') => {
      const id = crypto.randomUUID()
      const flavor = { id, name: `f-${id}`, vcpus: 1, ram: 64, disk: 0, ...fields }
      return bench().post('/flavors', { flavor }, { by: 'admin', version })
    }
    const remove = (id: string) => bench().delete(`/flavors/${id}`, ADMIN)

    it('have an id that the administrator chooses, once', async () => {
      const { status, json } = await make()
      expect(status).toBe(200)
      const { id, name } = json.flavor
      const again = await make({ id })
      expect([again.status, novaMessage(again)]).toEqual([409, `Flavor with ID ${id} already exists.`])
      const named = await make({ name })
      expect([named.status, novaMessage(named)]).toEqual([409, `Flavor with name ${name} already exists.`])
      expect((await bench().get(`/flavors/${id}`)).json.flavor.name).toBe(name)
      const byName = await bench().get(`/flavors/${name}`)
      expect([byName.status, novaMessage(byName)]).toEqual([404, `Flavor ${name} could not be found.`])
      expect((await bench().delete(`/flavors/${id}`)).status).toBe(403)
      expect((await remove(id)).status).toBe(202)
      expect((await remove(id)).status).toBe(404)
      expect((await make({ id })).status).toBe(200)
      await remove(id)
    })

    it('show more with each microversion', async () => {
      const { id } = (await make({ description: 'mark', swap: 0 })).json.flavor
      const keys = async (version: string) => {
        return new Set(Object.keys((await bench().get(`/flavors/${id}`, { version })).json.flavor))
      }
      const first = [
        ...['OS-FLV-DISABLED:disabled', 'OS-FLV-EXT-DATA:ephemeral', 'disk', 'id', 'links', 'name'],
        ...['os-flavor-access:is_public', 'ram', 'rxtx_factor', 'swap', 'vcpus'],
      ]
      expect(await keys('2.1')).toEqual(new Set(first))
      expect(await keys('2.55')).toEqual(new Set([...first, 'description']))
      expect(await keys('2.61')).toEqual(new Set([...first, 'description', 'extra_specs']))
      const gone = ['OS-FLV-DISABLED:disabled', 'rxtx_factor']
      const last = [...first, 'description', 'extra_specs'].filter((key) => !gone.includes(key))
      expect(await keys('2.102')).toEqual(new Set(last))
      const swap = async (version: string) => (await bench().get(`/flavors/${id}`, { version })).json.flavor.swap
      expect([await swap('2.74'), await swap('2.75')]).toEqual(['', 0])
      const body = { flavor: { description: 'new' } }
      expect((await bench().put(`/flavors/${id}`, body, { by: 'admin', version: '2.54' })).status).toBe(404)
      expect((await bench().put(`/flavors/${id}`, body, ADMIN)).json.flavor.description).toBe('new')
      expect((await bench().put(`/flavors/${id}`, body)).status).toBe(403)
      await remove(id)
    })

    it('are made by administrators, in sizes that make sense', async () => {
      expect((await bench().post('/flavors', { flavor: { name: 'x', vcpus: 1, ram: 1, disk: 1 } })).status).toBe(403)
      const wrong = [{ vcpus: 0 }, { ram: 0 }, { disk: -1 }, { vcpus: 1.5 }, { name: '' }, { id: 'a/b' }, { cpus: 2 }]
      for (const fields of wrong) expect([fields, (await make(fields)).status]).toEqual([fields, 400])
      expect((await make({ description: 'x' }, '2.54')).status).toBe(400)
      expect((await make({ rxtx_factor: 1 }, '2.102')).status).toBe(400)
    })

    it('that are private are seen by the projects that have access', async () => {
      const { id } = (await make({ 'os-flavor-access:is_public': false })).json.flavor
      const { projectId } = bench().sessions.demo
      const listed = async (query: string, by: 'admin' | 'demo') => {
        const { json } = await bench().get(`/flavors?limit=1000${query}`, { by })
        return json.flavors.some((one: { id: string }) => one.id === id)
      }
      const seen = async () => [(await bench().get(`/flavors/${id}`)).status, await listed('', 'demo')]
      const access = (action: string, tenant = projectId) => {
        return bench().post(`/flavors/${id}/action`, { [action]: { tenant } }, ADMIN)
      }
      expect(await seen()).toEqual([404, false])
      expect([
        await listed('', 'admin'),
        await listed('&is_public=None', 'admin'),
        await listed('&is_public=false', 'admin'),
      ]).toEqual([false, true, true])
      expect((await access('addTenantAccess')).json.flavor_access).toEqual([{ flavor_id: id, tenant_id: projectId }])
      expect((await access('addTenantAccess')).status).toBe(409)
      expect((await access('addTenantAccess', 'nonsense')).status).toBe(400)
      expect(await seen()).toEqual([200, true])
      const own = await bench().get(`/flavors/${id}/os-flavor-access`, ADMIN)
      expect(own.json.flavor_access).toEqual([{ flavor_id: id, tenant_id: projectId }])
      expect((await access('removeTenantAccess')).status).toBe(200)
      expect((await access('removeTenantAccess')).status).toBe(404)
      expect(await seen()).toEqual([404, false])
      await remove(id)
      const open = bench().small
      expect((await bench().get(`/flavors/${open}/os-flavor-access`, ADMIN)).status).toBe(404)
      const body = { addTenantAccess: { tenant: projectId } }
      expect((await bench().post(`/flavors/${open}/action`, body, ADMIN)).status).toBe(409)
    })

    it('take extra specs that Nova does not know only below 2.86', async () => {
      const { id } = (await make()).json.flavor
      const path = `/flavors/${id}/os-extra_specs`
      const add = (extra_specs: object, version = '2.96') => {
        return bench().post(path, { extra_specs }, { by: 'admin', version })
      }
      expect((await add({ 'hw:cpu_policy': 'shared', free: 'x' })).status).toBe(200)
      expect((await add({ 'hw:bogus': 'x' })).status).toBe(400)
      expect((await add({ 'hw:bogus': 'x' }, '2.85')).status).toBe(200)
      const specs = { 'hw:bogus': 'x', 'hw:cpu_policy': 'shared', free: 'x' }
      expect((await bench().get(path, ADMIN)).json.extra_specs).toEqual(specs)
      expect((await bench().get(`${path}/free`, ADMIN)).json).toEqual({ free: 'x' })
      expect((await bench().put(`${path}/free`, { free: 'y' }, ADMIN)).json).toEqual({ free: 'y' })
      expect((await bench().put(`${path}/free`, { other: 'y' }, ADMIN)).status).toBe(400)
      expect((await bench().delete(`${path}/free`, ADMIN)).status).toBe(200)
      expect((await bench().delete(`${path}/free`, ADMIN)).status).toBe(404)
      expect((await bench().post(path, { extra_specs: { a: 'b' } })).status).toBe(403)
      await remove(id)
    })

    it('are listed in pages', async () => {
      const { json } = await bench().get('/flavors/detail?limit=1')
      expect(json.flavors).toHaveLength(1)
      expect(json.flavors_links[0].rel).toBe('next')
      const rest = await bench().get(`/flavors?marker=${json.flavors[0].id}`)
      expect(rest.json.flavors.some(({ id }: { id: string }) => id === json.flavors[0].id)).toBe(false)
      expect(rest.json).not.toHaveProperty('flavors_links')
      expect((await bench().get('/flavors?marker=nonsense')).status).toBe(400)
      expect((await bench().get('/flavors?limit=x')).status).toBe(400)
    })
  })
}
