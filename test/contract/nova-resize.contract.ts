import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { computeBench, novaMessage } from './compute-bench.ts'
import type { Target } from './target.ts'

const STOP = { 'os-stop': null }
const HARD = { reboot: { type: 'HARD' } }
const CONFIRM = { confirmResize: null }
const REVERT = { revertResize: null }

/** Resizes, as they go and as they go wrong. */
export function novaResizeContract(target: () => Target): void {
  describe('Nova: resize', () => {
    const bench = computeBench(target)
    const ids: Record<string, string> = {}
    const of = (name: string) => ids[name] ?? ''
    beforeAll(async () => {
      const metadata: Record<string, object> = {
        source: { 'vdi:fail': 'migrate_disk_and_power_off' },
        target: { 'vdi:fail': 'finish_migration' },
      }
      // As many as the hosts can start side by side, and the quota holds.
      for (const names of [
        ['life', 'confirms', 'races', 'shrink'],
        ['source', 'target', 'none', 'deleted'],
      ]) {
        const booted = await Promise.all(
          names.map((name) => {
            const flavorRef = name === 'shrink' ? bench().large : bench().small
            return bench().boot({ name, flavorRef, metadata: metadata[name] ?? {} })
          }),
        )
        names.forEach((name, index) => {
          ids[name] = booted[index] ?? ''
        })
      }
    }, 240_000)
    const projectId = () => bench().sessions.demo.projectId
    afterAll(() => bench().delete(`/os-quota-sets/${projectId()}`, { by: 'admin' }))
    const setQuota = (quota_set: object) => bench().put(`/os-quota-sets/${projectId()}`, { quota_set }, { by: 'admin' })

    const to = (flavorRef: string) => ({ resize: { flavorRef } })
    const toLarge = () => to(bench().large)
    const cores = async () => {
      const { json } = await bench().get(`/os-quota-sets/${projectId()}/detail`)
      return json.quota_set.cores.in_use
    }
    const migrations = async (id: string) => {
      const { json } = await bench().get(`/os-migrations?instance_uuid=${id}`, { by: 'admin' })
      return json.migrations.map(({ status }: { status: string }) => status)
    }
    const look = async (id: string) => {
      const { status, flavor, 'OS-EXT-STS:power_state': power } = await bench().show(id)
      return [status, flavor.vcpus, power]
    }

    it('takes the new size before it is confirmed, with metadata and tags closed meanwhile', async () => {
      const id = of('life')
      const before = await cores()
      expect(await bench().done(id, STOP)).toBe(202)
      expect(await bench().done(id, toLarge())).toBe(202)
      expect(await look(id)).toEqual(['VERIFY_RESIZE', 2, 4])
      expect([await migrations(id), await cores()]).toEqual([['finished'], before + 1])
      const metadata = { metadata: { a: 'b' } }
      for (const by of ['demo', 'admin'] as const) {
        expect((await bench().post(`/servers/${id}/metadata`, metadata, { by })).status).toBe(409)
        expect((await bench().put(`/servers/${id}/tags/t`, undefined, { by })).status).toBe(409)
      }
      for (const action of [STOP, HARD, toLarge(), { 'os-start': null }]) {
        expect((await bench().act(id, action)).status).toBe(409)
      }
      expect((await bench().get(`/servers/${id}/migrations`, { by: 'admin' })).json).toEqual({ migrations: [] })
      expect((await bench().act(id, CONFIRM, { by: 'reader' })).status).toBe(403)
      expect((await bench().act(id, CONFIRM)).status).toBe(204)
      await bench().until(
        () => bench().show(id),
        ({ status }) => status !== 'VERIFY_RESIZE',
      )
      expect(await look(id)).toEqual(['SHUTOFF', 2, 4])
      expect(await migrations(id)).toEqual(['confirmed'])
    })

    it('can be taken back', async () => {
      const id = of('life')
      const before = await cores()
      expect(await bench().done(id, to(bench().small))).toBe(202)
      expect([await look(id), await cores()]).toEqual([['VERIFY_RESIZE', 1, 4], before - 1])
      expect(await bench().done(id, REVERT)).toBe(202)
      expect([await look(id), await cores()]).toEqual([['SHUTOFF', 2, 4], before])
      expect((await migrations(id))[0]).toBe('reverted')
      expect((await bench().act(id, REVERT)).status).toBe(409)
    })

    it('is to another flavor that is there', async () => {
      const id = of('life')
      const same = await bench().act(id, toLarge())
      expect([same.status, novaMessage(same)]).toEqual([400, 'When resizing, instances must change flavor!'])
      const unknown = await bench().act(id, to('nonsense'))
      expect([unknown.status, novaMessage(unknown)]).toEqual([400, 'Flavor nonsense could not be found.'])
      const zero = await bench().flavor({ disk: 0 })
      expect((await bench().act(id, to(zero))).status).toBe(400)
      await setQuota({ cores: (await cores()) + 1 })
      const over = await bench().act(id, to(await bench().flavor({ vcpus: 4 })))
      expect(over.status).toBe(403)
      expect(novaMessage(over)).toMatch(/^Quota exceeded for cores: Requested 2, /)
      await setQuota({ cores: 20 })
    })

    it('to a flavor that was made again with the same id is another resize', async () => {
      const id = of('life')
      const again = await bench().flavor({ vcpus: 3 })
      expect(await bench().done(id, to(again))).toBe(202)
      expect(await bench().done(id, CONFIRM)).toBe(204)
      await bench().until(
        () => bench().show(id),
        ({ status }) => status === 'SHUTOFF',
      )
      await bench().delete(`/flavors/${again}`, { by: 'admin' })
      expect((await bench().show(id, { version: '2.46', by: 'admin' })).flavor.id).toBe(again)
      await bench().flavor({ id: again, vcpus: 3 })
      expect(await bench().done(id, to(again))).toBe(202)
      expect(await look(id)).toEqual(['VERIFY_RESIZE', 3, 4])
    })

    it('is done once, whatever races for it', async () => {
      const id = of('races')
      const answers = await Promise.all(Array.from({ length: 4 }, () => bench().act(id, toLarge())))
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses.filter((status) => status === 202)).toHaveLength(1)
      for (const status of statuses.slice(1)) expect([409, 500]).toContain(status)
      await bench().settled(id)
      expect(await migrations(id)).toEqual(['finished'])
    })

    it('ends in ERROR when two confirms race, and a hard reboot helps', async () => {
      const id = of('confirms')
      await bench().done(id, toLarge())
      const answers = await Promise.all([bench().act(id, CONFIRM), bench().act(id, CONFIRM)])
      expect(answers.map(({ status }) => status)).toEqual([204, 204])
      await bench().until(
        () => bench().show(id),
        ({ status }) => status === 'ERROR',
      )
      expect([await look(id), await migrations(id)]).toEqual([['ERROR', 2, 1], ['error']])
      expect(await bench().done(id, HARD)).toBe(202)
      expect(await look(id)).toEqual(['ACTIVE', 2, 1])
    })

    it('to a size that no host has leaves the server, and only migration and action tell', async () => {
      const id = of('none')
      await setQuota({ cores: -1 })
      const { status, headers } = await bench().act(id, to(await bench().flavor({ vcpus: 512 })))
      expect(status).toBe(202)
      await bench().settled(id)
      await setQuota({ cores: 20 })
      const server = await bench().show(id)
      expect([await look(id), server.fault, await migrations(id)]).toEqual([['ACTIVE', 1, 1], undefined, ['error']])
      const path = `/servers/${id}/os-instance-actions/${headers.get('x-openstack-request-id')}`
      const { message, events } = (await bench().get(path, { by: 'admin' })).json.instanceAction
      expect([message, events.at(-1).event, events.at(-1).result]).toEqual([
        'Error',
        'conductor_migrate_server',
        'Error',
      ])
      expect(events.at(-1).details).toMatch(/^No valid host was found/)
    })

    it('that fails on its source leaves host and size, and a hard reboot helps', async () => {
      const id = of('source')
      const before = [(await bench().show(id))['OS-EXT-SRV-ATTR:host'], await cores()]
      expect(await bench().done(id, toLarge())).toBe(202)
      const { status, fault, flavor, 'OS-EXT-SRV-ATTR:host': host } = await bench().show(id)
      expect([status, flavor.vcpus, fault.code, host, await cores()]).toEqual(['ERROR', 1, 500, ...before])
      expect(await migrations(id)).toEqual(['error'])
      for (const action of [CONFIRM, REVERT, toLarge(), { 'os-start': null }]) {
        expect((await bench().act(id, action)).status).toBe(409)
      }
      expect(await bench().done(id, HARD)).toBe(202)
      expect(await look(id)).toEqual(['ACTIVE', 1, 1])
    })

    it('that fails on its target changes the host, and only a hard reboot helps, also a stopped server', async () => {
      const id = of('target')
      await bench().done(id, STOP)
      const before = [(await bench().show(id))['OS-EXT-SRV-ATTR:host'], await cores()]
      expect(await bench().done(id, toLarge())).toBe(202)
      const { status, fault, flavor, 'OS-EXT-SRV-ATTR:host': host } = await bench().show(id)
      expect([status, flavor.vcpus, fault.code, await cores()]).toEqual(['ERROR', 1, 500, before[1]])
      expect(host).not.toBe(before[0])
      for (const action of [CONFIRM, REVERT, toLarge(), { 'os-start': null }]) {
        expect((await bench().act(id, action)).status).toBe(409)
      }
      expect(await bench().done(id, STOP)).toBe(202)
      expect((await look(id))[0]).toBe('ERROR')
      expect(await bench().done(id, HARD)).toBe(202)
      expect(await look(id)).toEqual(['ACTIVE', 1, 1])
      expect(await bench().done(id, STOP)).toBe(202)
      expect((await look(id))[0]).toBe('SHUTOFF')
    })

    it('cannot be taken back into a quota that was filled meanwhile', async () => {
      const id = of('shrink')
      expect(await bench().done(id, to(bench().small))).toBe(202)
      await setQuota({ cores: await cores() })
      const answer = await bench().act(id, REVERT)
      expect(answer.status).toBe(500)
      expect(novaMessage(answer)).toMatch(/TooManyInstances/)
      expect((await bench().show(id)).status).toBe('VERIFY_RESIZE')
      await setQuota({ cores: 20 })
      expect(await bench().done(id, REVERT)).toBe(202)
      expect(await look(id)).toEqual(['ACTIVE', 2, 1])
    })

    it('is confirmed by Nova when the server is deleted, behind any lock', async () => {
      const id = of('deleted')
      const before = await cores()
      await bench().done(id, toLarge())
      await bench().act(id, { lock: { locked_reason: 'resize' } }, { by: 'admin' })
      expect((await bench().delete(`/servers/${id}`)).status).toBe(409)
      expect((await bench().delete(`/servers/${id}`, { by: 'admin' })).status).toBe(204)
      expect(await bench().settled(id)).toBe('SOFT_DELETED')
      expect([await migrations(id), await cores()]).toEqual([['confirmed'], before - 1])
    })

    it('goes on while the server is deleted, and brings it back as an ERROR', async () => {
      const id = await bench().boot({ metadata: { 'vdi:delay': 'migrate_disk_and_power_off=3' } })
      await bench().act(id, toLarge())
      const { 'OS-EXT-SRV-ATTR:host': source } = await bench().until(
        () => bench().show(id),
        (server) => server['OS-EXT-STS:task_state'] === 'resize_migrating',
      )
      expect((await bench().delete(`/servers/${id}`)).status).toBe(204)
      const failed = await bench().until(
        () => bench().show(id),
        ({ status }) => status === 'ERROR',
      )
      expect([failed['OS-EXT-STS:task_state'], failed.flavor.vcpus]).toEqual(['resize_migrated', 1])
      expect(failed['OS-EXT-SRV-ATTR:host']).not.toBe(source)
      expect(await migrations(id)).toEqual(['error'])
      expect((await bench().delete(`/servers/${id}`)).status).toBe(204)
      expect(await bench().settled(id)).toBe('SOFT_DELETED')
    })
  })
}
