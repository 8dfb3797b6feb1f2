import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ComputeBench } from '../../contract/compute-bench.ts'
import { Client, signIn, type Target, targetOf } from '../../contract/target.ts'
import { type Cloud, startCloud } from '../cloud.ts'

describe('the in-memory Nova over HTTP', () => {
  let ahead = 0
  let cloud: Cloud
  let bench: ComputeBench
  let doors: Client
  beforeEach(async () => {
    ahead = 0
    const now = () => Date.now() + ahead
    cloud = await startCloud({ now })
    const elapse = async (milliseconds: number) => {
      ahead += milliseconds
    }
    const target: Target = targetOf(cloud.cloudsYaml(), { downloadPort: 0, now, elapse })
    const [admin, demo] = await Promise.all([signIn(target, 'admin'), signIn(target, 'demo')])
    bench = new ComputeBench(target, { admin, demo, reader: demo, owner: admin })
    await bench.prepare()
    doors = new Client(`${cloud.url}/_lab`)
  })
  afterEach(() => cloud.stop())

  it('builds a server in the time that is set', async () => {
    await doors.post('/compute/settings', { delays: { spawn: 10_000 } })
    const { id } = (await bench.create()).json.server
    expect((await bench.show(id)).status).toBe('BUILD')
    ahead += 9000
    expect((await bench.show(id)).status).toBe('BUILD')
    ahead += 1100
    expect((await bench.show(id)).status).toBe('ACTIVE')
  })

  it('shows tests what is really there', async () => {
    const id = await bench.boot({ tags: ['t'], metadata: { a: 'b' } })
    expect((await doors.get('/servers')).json.servers).toMatchObject([
      { id, status: 'ACTIVE', tags: ['t'], guest: true },
    ])
    expect((await doors.get(`/servers/${id}`)).json.metadata).toEqual({ a: 'b' })
    expect((await doors.get('/servers/nope')).status).toBe(404)
    expect((await doors.get('/flavors')).json.flavors).toHaveLength(2)
    expect((await doors.get('/allocations')).json.allocations).toMatchObject([{ consumer: id, ram: 64 }])
    const { used, limits } = (await doors.get(`/quota/${bench.sessions.demo.projectId}`)).json
    expect([used, limits.cores]).toEqual([{ instances: 1, cores: 1, ram: 64 }, 20])
    await bench.act(id, { forceDelete: null })
    expect((await doors.get('/servers')).json.servers).toEqual([])
    expect((await doors.get('/servers?deleted=true')).json.servers).toMatchObject([{ id, status: 'DELETED' }])
  })

  it('lets tests fail the next call of a driver', async () => {
    await doors.post('/compute/failures', { method: 'power_off' })
    const id = await bench.boot()
    await bench.done(id, { 'os-stop': null })
    expect((await bench.show(id)).status).toBe('ACTIVE')
    await bench.done(id, { 'os-stop': null })
    expect((await bench.show(id)).status).toBe('SHUTOFF')
  })

  it('lets tests take a host away, and what was sent to it begins when it is back', async () => {
    const id = await bench.boot()
    const host = (await bench.show(id))['OS-EXT-SRV-ATTR:host']
    await doors.post(`/hosts/${host}`, { up: false })
    const { status } = await bench.act(id, { 'os-stop': null })
    ahead += 60_000
    const down = await bench.show(id)
    expect([status, down.status, down['OS-EXT-STS:task_state'], down.host_status]).toEqual([
      ...[202, 'ACTIVE', 'powering-off', 'UNKNOWN'],
    ])
    await doors.post(`/hosts/${host}`, { up: true })
    const back = await bench.show(id)
    expect(back.status).toBe('SHUTOFF')
    expect(Date.parse(back.updated)).toBeGreaterThan(Date.parse(down.updated) + 50_000)
    expect((await doors.post('/hosts/nope', {})).status).toBe(404)
  })

  it('refuses bodies that are no JSON, and paths of other versions', async () => {
    const nova = bench.sessions.demo.service('compute')
    expect((await nova.request('POST', '/servers', { body: '{' })).status).toBe(400)
    const root = new Client(nova.endpoint.replace('/v2.1', ''), bench.sessions.demo.token)
    expect((await root.get('/v3/servers')).status).toBe(404)
    expect((await nova.request('PATCH', '/servers')).status).toBe(405)
  })
})
