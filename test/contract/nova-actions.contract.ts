import { beforeAll, describe, expect, it } from 'vitest'
import { computeBench, novaMessage } from './compute-bench.ts'
import type { Target } from './target.ts'

const STOP = { 'os-stop': null }
const START = { 'os-start': null }
const HARD = { reboot: { type: 'HARD' } }

/** Power, locks, the records of actions, deletion. */
export function novaActionsContract(target: () => Target): void {
  describe('Nova: power', () => {
    const bench = computeBench(target)
    let id = ''
    beforeAll(async () => {
      id = await bench().boot()
    })
    const look = async () => {
      const { status, 'OS-EXT-STS:power_state': power } = await bench().show(id)
      return [status, power]
    }

    it('goes off and on', async () => {
      expect([await bench().done(id, STOP), await look()]).toEqual([202, ['SHUTOFF', 4]])
      const again = await bench().act(id, STOP)
      const message = `Cannot 'stop' instance ${id} while it is in vm_state stopped`
      expect([again.status, novaMessage(again)]).toEqual([409, message])
      expect([await bench().done(id, START), await look()]).toEqual([202, ['ACTIVE', 1]])
      expect((await bench().act(id, START)).status).toBe(409)
      expect((await bench().act(id, STOP, { by: 'reader' })).status).toBe(403)
    })

    it('pauses, suspends and reboots', async () => {
      expect([await bench().done(id, { pause: null }), await look()]).toEqual([202, ['PAUSED', 3]])
      expect((await bench().act(id, STOP)).status).toBe(409)
      expect([await bench().done(id, { unpause: null }), await look()]).toEqual([202, ['ACTIVE', 1]])
      expect([await bench().done(id, { suspend: null }), await look()]).toEqual([202, ['SUSPENDED', 7]])
      expect((await bench().act(id, { reboot: { type: 'SOFT' } })).status).toBe(409)
      expect([await bench().done(id, { resume: null }), await look()]).toEqual([202, ['ACTIVE', 1]])
      expect([await bench().done(id, { reboot: { type: 'SOFT' } }), await look()]).toEqual([202, ['ACTIVE', 1]])
      expect([await bench().done(id, HARD), await look()]).toEqual([202, ['ACTIVE', 1]])
      expect((await bench().act(id, { reboot: { type: 'WARM' } })).status).toBe(400)
      expect((await bench().act(id, { dance: null })).status).toBe(400)
    })

    it('is stopped by no member while the server is shelved, and is on afterwards', async () => {
      await bench().done(id, STOP)
      expect([await bench().done(id, { shelve: null }), (await look())[0]]).toEqual([202, 'SHELVED'])
      expect((await bench().act(id, STOP)).status).toBe(409)
      expect((await bench().act(id, { shelveOffload: null })).status).toBe(403)
      expect(await bench().done(id, { shelveOffload: null }, { by: 'admin' })).toBe(202)
      const { status, 'OS-EXT-SRV-ATTR:host': host } = await bench().show(id)
      expect([status, host]).toEqual(['SHELVED_OFFLOADED', null])
      expect([await bench().done(id, { unshelve: null }), await look()]).toEqual([202, ['ACTIVE', 1]])
    })

    it('comes back by a hard reboot after a reset to error', async () => {
      expect((await bench().act(id, { 'os-resetState': { state: 'error' } })).status).toBe(403)
      expect((await bench().act(id, { 'os-resetState': { state: 'error' } }, { by: 'admin' })).status).toBe(202)
      expect((await look())[0]).toBe('ERROR')
      for (const action of [START, { pause: null }, { resize: { flavorRef: bench().large } }]) {
        expect((await bench().act(id, action)).status).toBe(409)
      }
      expect((await bench().post(`/servers/${id}/metadata`, { metadata: { a: 'b' } })).status).toBe(409)
      expect([await bench().done(id, HARD), await look()]).toEqual([202, ['ACTIVE', 1]])
    })

    it('stays as it is when the host fails, and the action tells', async () => {
      const other = await bench().boot({ metadata: { 'vdi:fail': 'power_off' } })
      expect(await bench().done(other, STOP)).toBe(202)
      expect((await bench().show(other)).status).toBe('ACTIVE')
      const { json } = await bench().get(`/servers/${other}/os-instance-actions`)
      expect(
        json.instanceActions.map(({ action, message }: never[] & Record<string, unknown>) => [action, message]),
      ).toEqual([
        ['stop', 'Error'],
        ['create', null],
      ])
    })
  })

  describe('Nova: actions', () => {
    const bench = computeBench(target)
    it('are recorded under the request id that Nova answered', async () => {
      const id = await bench().boot()
      const answer = await bench().act(id, STOP)
      const requestId = answer.headers.get('x-openstack-request-id') ?? ''
      await bench().settled(id)
      const path = `/servers/${id}/os-instance-actions`
      const shown = await bench().until(
        async () => (await bench().get(`${path}/${requestId}`)).json.instanceAction,
        ({ events }) => events?.[0]?.finish_time,
      )
      const { userId, projectId } = bench().sessions.demo
      expect(shown).toMatchObject({
        ...{ action: 'stop', instance_uuid: id, request_id: requestId, user_id: userId, project_id: projectId },
        ...{ message: null, events: [{ event: 'compute_stop_instance', result: 'Success' }] },
      })
      expect(shown.events[0]).not.toHaveProperty('traceback')
      expect((await bench().get(`${path}/${requestId}`, { version: '2.50' })).json.instanceAction).not.toHaveProperty(
        'events',
      )
      expect((await bench().get(`${path}/req-nonsense`)).status).toBe(404)
      const { json } = await bench().get(path)
      expect(json.instanceActions.map(({ action }: { action: string }) => action)).toEqual(['stop', 'create'])
    })
  })

  describe('Nova: locks', () => {
    const bench = computeBench(target)
    let id = ''
    beforeAll(async () => {
      id = await bench().boot()
    })
    const lock = (locked_reason?: string) => ({ lock: locked_reason === undefined ? null : { locked_reason } })
    const look = async () => {
      const { locked, locked_reason } = await bench().show(id)
      return [locked, locked_reason]
    }
    const unlock = async (by: 'demo' | 'owner' | 'admin') => (await bench().act(id, { unlock: null }, { by })).status

    it('of a member stop members, not administrators', async () => {
      expect((await bench().act(id, lock('mine'))).status).toBe(202)
      expect(await look()).toEqual([true, 'mine'])
      const refused = await bench().act(id, STOP)
      expect([refused.status, novaMessage(refused)]).toEqual([409, `Instance ${id} is locked`])
      expect((await bench().post(`/servers/${id}/metadata`, { metadata: { a: 'b' } })).status).toBe(409)
      expect((await bench().post(`/servers/${id}/metadata`, { metadata: { a: 'b' } }, { by: 'admin' })).status).toBe(
        200,
      )
      expect((await bench().delete(`/servers/${id}`)).status).toBe(409)
      expect(await bench().done(id, HARD, { by: 'admin' })).toBe(202)
      expect(await unlock('demo')).toBe(202)
      expect(await look()).toEqual([false, null])
    })

    it('on a locked server change nothing, and are accepted', async () => {
      await bench().act(id, lock('first'))
      expect((await bench().act(id, lock('second'))).status).toBe(202)
      expect(await look()).toEqual([true, 'first'])
      await unlock('demo')
    })

    it("of an administrator of the server's project are no more than a member's", async () => {
      await bench().act(id, lock('owner'), { by: 'owner' })
      expect((await bench().act(id, STOP)).status).toBe(409)
      expect(await unlock('demo')).toBe(202)
    })

    it('of an administrator of another project hold, and replace whatever lock is there', async () => {
      await bench().act(id, lock('mine'))
      expect((await bench().act(id, lock('theirs'), { by: 'admin' })).status).toBe(202)
      expect(await look()).toEqual([true, 'theirs'])
      expect((await bench().act(id, lock('theirs too'), { by: 'admin' })).status).toBe(202)
      expect(await look()).toEqual([true, 'theirs too'])
      expect((await bench().act(id, lock(), { by: 'admin' })).status).toBe(202)
      expect(await look()).toEqual([true, 'theirs too'])
      expect(await unlock('demo')).toBe(403)
      expect((await bench().act(id, STOP)).status).toBe(409)
      expect(await unlock('admin')).toBe(202)
      expect(await look()).toEqual([false, null])
      expect(await unlock('admin')).toBe(202)
    })

    it('have reasons of at most 255 characters since 2.73', async () => {
      expect((await bench().act(id, lock('x'.repeat(256)))).status).toBe(400)
      expect((await bench().act(id, lock('x'), { version: '2.72' })).status).toBe(202)
      expect(await look()).toEqual([true, null])
      await unlock('demo')
      expect((await bench().act(id, lock('x'.repeat(255)))).status).toBe(202)
      await unlock('demo')
    })
  })

  describe('Nova: deletion', () => {
    const bench = computeBench(target)
    const since = () => encodeURIComponent(new Date(target().now() - 600_000).toISOString())
    const statusInChanges = async (id: string) => {
      const { json } = await bench().get(`/servers/detail?changes-since=${since()}`)
      return json.servers.find((one: { id: string }) => one.id === id)?.status
    }

    it('can be taken back for a while, and shows among the changes', async () => {
      const id = await bench().boot()
      expect((await bench().delete(`/servers/${id}`)).status).toBe(204)
      expect(await bench().settled(id)).toBe('SOFT_DELETED')
      expect((await bench().get(`/servers/${id}`)).json.server.status).toBe('SOFT_DELETED')
      const { json } = await bench().get('/servers')
      expect(json.servers.some((one: { id: string }) => one.id === id)).toBe(false)
      expect(await statusInChanges(id)).toBe('SOFT_DELETED')
      expect((await bench().act(id, STOP)).status).toBe(409)
      expect(await bench().done(id, { restore: null })).toBe(202)
      expect((await bench().show(id)).status).toBe('ACTIVE')
      expect((await bench().act(id, { restore: null })).status).toBe(409)
      expect((await bench().act(id, { forceDelete: null })).status).toBe(202)
      await bench().until(
        () => bench().get(`/servers/${id}`),
        ({ status }) => status === 404,
      )
      expect(await statusInChanges(id)).toBe('DELETED')
      const actions = (await bench().get(`/servers/${id}/os-instance-actions`)).json.instanceActions
      expect(actions.map(({ action }: { action: string }) => action)).toEqual(['delete', 'restore', 'delete', 'create'])
    })
  })
}
