import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { computeBench, novaMessage, type ShownServer } from './compute-bench.ts'
import type { Answer, Target } from './target.ts'

const UNKNOWN = '11111111-1111-4111-8111-111111111111'
const idsOf = ({ json }: Answer): string[] => json.servers.map(({ id }: ShownServer) => id)

/** Servers: creation, lists, what each microversion shows, metadata and tags. */
export function novaServersContract(target: () => Target): void {
  describe('Nova: new servers', () => {
    const bench = computeBench(target)
    const quota = (quota_set: object) => {
      return bench().put(`/os-quota-sets/${bench().sessions.demo.projectId}`, { quota_set }, { by: 'admin' })
    }
    afterAll(() => bench().delete(`/os-quota-sets/${bench().sessions.demo.projectId}`, { by: 'admin' }))

    it('are found at once by the tag that they are made with', async () => {
      const tag = `auxo-${crypto.randomUUID()}`
      const answer = await bench().create({ tags: [tag], metadata: { auxo_mark: 'a/b/c' }, description: 'd' })
      expect(answer.status).toBe(202)
      const { id, adminPass, security_groups } = answer.json.server
      expect([typeof adminPass, security_groups]).toEqual(['string', [{ name: 'default' }]])
      const found = await bench().get(`/servers/detail?tags=${tag}`)
      expect(idsOf(found)).toEqual([id])
      expect(found.json.servers[0]).toMatchObject({ tags: [tag], metadata: { auxo_mark: 'a/b/c' }, description: 'd' })
      expect(await bench().settled(id)).toBe('ACTIVE')
      const { status, 'OS-EXT-STS:power_state': power, 'OS-EXT-STS:vm_state': state } = await bench().show(id)
      expect([status, power, state]).toEqual(['ACTIVE', 1, 'active'])
    })

    it('are refused for what can be seen at once', async () => {
      const wrong = [
        { id: UNKNOWN },
        { name: '' },
        { flavorRef: 'nonsense' },
        { imageRef: UNKNOWN },
        { imageRef: 'nonsense' },
        { key_name: 'nonsense' },
        { networks: undefined },
        { tags: ['a,b'] },
        { tags: ['x'.repeat(61)] },
        { metadata: { a: 1 } },
        { metadata: { a: 'x'.repeat(256) } },
        { user_data: 'not base 64 !' },
        { user_data: 'A'.repeat(65_536) },
        { availability_zone: 'nowhere' },
      ]
      for (const fields of wrong) {
        const { status } = await bench().create(fields)
        expect([JSON.stringify(fields).slice(0, 80), status]).toEqual([JSON.stringify(fields).slice(0, 80), 400])
      }
      expect((await bench().create({ tags: ['a'] }, { version: '2.51' })).status).toBe(400)
      expect((await bench().create({ host: 'compute1' })).status).toBe(403)
      expect((await bench().create({ availability_zone: 'nova:compute1' })).status).toBe(403)
      expect((await bench().create({}, { by: 'reader' })).status).toBe(403)
    })

    it('take 65,535 characters of user data', async () => {
      const answer = await bench().create({ user_data: 'A'.repeat(65_532) })
      expect(answer.status).toBe(202)
    })

    it('need a flavor that is large enough for the image', async () => {
      const images = bench().sessions.demo.service('image')
      const patch = (path: string, value: number) => {
        const headers = { 'content-type': 'application/openstack-images-v2.1-json-patch' }
        const body = JSON.stringify([{ op: 'replace', path, value }])
        return images.request('PATCH', `/v2/images/${bench().image}`, { headers, body })
      }
      await patch('/min_disk', 2)
      const disk = await bench().create()
      expect(disk.status).toBe(400)
      expect(novaMessage(disk)).toMatch(/^Flavor's disk is smaller than the minimum size specified in image metadata/)
      await patch('/min_disk', 0)
      await patch('/min_ram', 128)
      const ram = await bench().create()
      expect([ram.status, novaMessage(ram)]).toEqual([400, "Flavor's memory is too small for requested image."])
      await patch('/min_ram', 0)
      const zero = await bench().flavor({ disk: 0 })
      expect((await bench().create({ flavorRef: zero })).status).toBe(403)
    })

    it('that no host has room for end in ERROR with a fault', async () => {
      await quota({ cores: -1, ram: -1 })
      const huge = await bench().flavor({ vcpus: 512 })
      const id = await bench().boot({ flavorRef: huge })
      const { status, fault, 'OS-EXT-SRV-ATTR:host': host } = await bench().show(id)
      expect([status, host, fault.code]).toEqual(['ERROR', null, 500])
      expect(fault.message).toMatch(/^No valid host was found/)
      expect((await bench().delete(`/servers/${id}`)).status).toBe(204)
      await bench().until(
        () => bench().get(`/servers/${id}`),
        (answer) => answer.status === 404,
      )
    })

    it('that no host can start end in ERROR after three hosts', async () => {
      const id = await bench().boot({ metadata: { 'vdi:fail': 'spawn' } })
      const { status, fault } = await bench().show(id)
      expect(status).toBe('ERROR')
      expect(fault.message).toMatch(/^Exceeded maximum number of retries/)
    })
  })

  describe('Nova: servers', () => {
    const bench = computeBench(target)
    let id = ''
    const name = `s-${crypto.randomUUID()}`
    beforeAll(async () => {
      id = await bench().boot({ name, metadata: { a: 'b' }, tags: ['t1', 't2'] })
    })
    const listed = async (query: string, options?: Parameters<ReturnType<typeof bench>['get']>[1]) => {
      return idsOf(await bench().get(`/servers/detail?${query}`, options)).includes(id)
    }

    it('show the id of their flavor below 2.47, its numbers since', async () => {
      const flavor = async (version: string) => (await bench().show(id, { version })).flavor
      expect((await flavor('2.46')).id).toBe(bench().small)
      expect(await flavor('2.47')).toMatchObject({ original_name: `contract-${bench().small}`, vcpus: 1, ram: 64 })
      expect(await flavor('2.47')).not.toHaveProperty('id')
    })

    it('show more with each microversion, and hosts to administrators', async () => {
      const has = async (version: string, key: string, by: 'demo' | 'admin' = 'demo') => {
        return key in (await bench().show(id, { version, by }))
      }
      const since: [string, string, string][] = [
        ['2.8', '2.9', 'locked'],
        ['2.18', '2.19', 'description'],
        ['2.25', '2.26', 'tags'],
        ['2.62', '2.63', 'trusted_image_certificates'],
        ['2.70', '2.71', 'server_groups'],
        ['2.72', '2.73', 'locked_reason'],
        ['2.89', '2.90', 'OS-EXT-SRV-ATTR:hostname'],
        ['2.95', '2.96', 'pinned_availability_zone'],
        ['2.99', '2.100', 'scheduler_hints'],
      ]
      for (const [before, from, key] of since) {
        expect([key, await has(before, key), await has(from, key)]).toEqual([key, false, true])
      }
      for (const key of ['OS-EXT-SRV-ATTR:host', 'host_status']) {
        expect([key, await has('2.96', key), await has('2.96', key, 'admin')]).toEqual([key, false, true])
      }
      const { json } = await bench().get(`/servers?name=${name}`)
      expect(new Set(Object.keys(json.servers[0]))).toEqual(new Set(['id', 'links', 'name']))
    })

    it('are listed by project, name, status and tags', async () => {
      expect(await listed(`name=${name}`)).toBe(true)
      expect(await listed(`name=${name}`, { by: 'admin' })).toBe(false)
      expect(await listed(`name=${name}&all_tenants=1`, { by: 'admin' })).toBe(true)
      expect((await bench().get('/servers?all_tenants=1')).status).toBe(403)
      expect(await listed('status=ACTIVE')).toBe(true)
      expect(await listed('status=SHUTOFF')).toBe(false)
      expect(await listed('tags=t1,t2')).toBe(true)
      expect(await listed('tags=t1,t3')).toBe(false)
      expect(await listed('tags-any=t1,t3')).toBe(true)
      expect(await listed('not-tags-any=t1')).toBe(false)
      expect((await bench().get('/servers/detail?status=nonsense')).status).toBe(400)
      const byMetadata = '/servers?metadata=%7B%22c%22:%22d%22%7D'
      expect((await bench().get(byMetadata, { by: 'admin' })).status).toBe(400)
      expect(idsOf(await bench().get(byMetadata))).toContain(id)
      expect((await bench().get('/servers?limit=x')).status).toBe(400)
      expect((await bench().get('/servers?nonsense=x')).status).toBe(400)
      expect(await listed('nonsense=x', { version: '2.74' })).toBe(true)
    })

    it('are listed in pages, also after a server that was deleted meanwhile', async () => {
      const other = await bench().boot({ name })
      const first = await bench().get(`/servers/detail?name=${name}&limit=1`)
      expect([idsOf(first), first.json.servers_links[0].rel]).toEqual([[other], 'next'])
      const second = await bench().get(`/servers/detail?name=${name}&limit=1&marker=${other}`)
      expect(idsOf(second)).toEqual([id])
      expect(idsOf(await bench().get(`/servers/detail?name=${name}&limit=1&marker=${id}`))).toEqual([])
      expect((await bench().get(`/servers/detail?marker=${UNKNOWN}`)).status).toBe(400)
      await bench().act(other, { forceDelete: null })
      await bench().until(
        () => bench().get(`/servers/${other}`),
        ({ status }) => status === 404,
      )
      expect(idsOf(await bench().get(`/servers/detail?name=${name}&marker=${other}`))).toEqual([id])
    })

    it('that are not there are 404', async () => {
      const answer = await bench().get(`/servers/${UNKNOWN}`)
      expect([answer.status, novaMessage(answer)]).toEqual([404, `Instance ${UNKNOWN} could not be found.`])
      expect((await bench().delete(`/servers/${UNKNOWN}`)).status).toBe(404)
      expect((await bench().act(UNKNOWN, { 'os-stop': null })).status).toBe(404)
      expect((await bench().get(`/servers/${id}`, { by: 'reader' })).status).toBe(200)
    })

    it('tell of changes by `updated`: metadata and names change it, tags do not', async () => {
      const updated = async () => (await bench().show(id)).updated
      const changed = async (change: () => Promise<Answer>) => {
        const before = await updated()
        await target().elapse(1100)
        const { status } = await change()
        return [status, (await updated()) !== before]
      }
      expect(await changed(() => bench().put(`/servers/${id}/tags/t3`, undefined))).toEqual([201, false])
      expect(await changed(() => bench().put(`/servers/${id}/tags/t3`, undefined))).toEqual([204, false])
      expect(await changed(() => bench().delete(`/servers/${id}/tags/t3`))).toEqual([204, false])
      expect(await changed(() => bench().put(`/servers/${id}/tags`, { tags: ['t1'] }))).toEqual([200, false])
      expect(await changed(() => bench().post(`/servers/${id}/metadata`, { metadata: { c: 'd' } }))).toEqual([
        200,
        true,
      ])
      expect(await changed(() => bench().put(`/servers/${id}`, { server: { name: `${name}-2` } }))).toEqual([200, true])
      expect(await changed(() => bench().act(id, { lock: null }))).toEqual([202, true])
      expect(await changed(() => bench().act(id, { unlock: null }))).toEqual([202, true])
      const at = Date.parse(await updated())
      const changes = (milliseconds: number) => `changes-since=${new Date(at + milliseconds).toISOString()}`
      expect([await listed(changes(0)), await listed(changes(1000))]).toEqual([true, false])
      expect((await bench().get('/servers?changes-since=nonsense')).status).toBe(400)
    })

    it('have metadata', async () => {
      const path = `/servers/${id}/metadata`
      expect((await bench().put(path, { metadata: { a: '1', b: '2' } })).json).toEqual({ metadata: { a: '1', b: '2' } })
      expect((await bench().put(`${path}/b`, { meta: { b: '3' } })).json).toEqual({ meta: { b: '3' } })
      expect((await bench().put(`${path}/b`, { meta: { c: '3' } })).status).toBe(400)
      expect((await bench().delete(`${path}/a`)).status).toBe(204)
      expect((await bench().delete(`${path}/a`)).status).toBe(404)
      expect((await bench().get(path)).json).toEqual({ metadata: { b: '3' } })
      expect((await bench().post(path, { metadata: { d: '4' } }, { by: 'reader' })).status).toBe(403)
      expect((await bench().get(`/servers/${id}/tags/nonsense`)).status).toBe(404)
    })
  })
}
