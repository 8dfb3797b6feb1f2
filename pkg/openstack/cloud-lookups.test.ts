import { describe, expect, it } from 'vitest'
import { CloudLookups } from './cloud-lookups.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()

async function fixture() {
  const cloud = await start()
  const { session, ...services } = open(cloud.cloudsYaml())
  let now = 0
  const lookups = new CloudLookups(services, cloud.project('demo').id, { now: () => now })
  const make = (service: string, path: string, json: object) => session.request({ service, method: 'POST', path, json })
  const asked = (path: RegExp) =>
    cloud.requests.all().filter((one) => one.method === 'GET' && path.test(one.path)).length
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { cloud, lookups, make, asked, pass }
}

describe('CloudLookups', () => {
  it('asks once for what many want to know, and again after five seconds', async () => {
    const { lookups, asked, pass } = await fixture()
    const ask = async () => {
      const [network] = await lookups.networks({ name: 'desktops' })
      const [group] = await lookups.securityGroups(['default'])
      return [network?.name, group?.name]
    }
    const all = await Promise.all(Array.from({ length: 100 }, ask))
    expect(new Set(all.map(String))).toEqual(new Set(['desktops,default']))
    expect([asked(/\/networks$/), asked(/\/security-groups$/)]).toEqual([1, 1])
    pass(4999)
    await ask()
    expect(asked(/\/networks$/)).toBe(1)
    pass(1)
    await ask()
    expect([asked(/\/networks$/), asked(/\/security-groups$/)]).toEqual([2, 2])
  })

  it('compares names exactly, where Neutron does not', async () => {
    const { lookups, make } = await fixture()
    await make('network', '/networks', { network: { name: 'DESKTOPS' } })
    await make('network', '/security-groups', { security_group: { name: 'Büro' } })
    expect(await lookups.networks({ name: 'desktops' })).toMatchObject([{ name: 'desktops' }])
    expect(await lookups.networks({ name: 'DESKTOPS' })).toMatchObject([{ name: 'DESKTOPS' }])
    expect(await lookups.networks({ name: 'Desktops' })).toEqual([])
    expect(await lookups.securityGroups(['buro'])).toEqual([])
    expect(await lookups.securityGroups(['Büro', 'Default'])).toMatchObject([{ name: 'Büro' }])
  })

  it('finds server groups by name', async () => {
    const { lookups, make } = await fixture()
    await make('compute', '/os-server-groups', { server_group: { name: 'apart', policies: ['anti-affinity'] } })
    expect(await lookups.serverGroups('apart')).toMatchObject([{ name: 'apart', id: expect.any(String) }])
    expect(await lookups.serverGroups('Apart')).toEqual([])
  })

  it('shares no failures, and goes on when one of those who wait has had enough', async () => {
    const { cloud, lookups } = await fixture()
    const body = '{"NeutronError": {"type": "X", "message": "no", "detail": ""}}'
    cloud.faults.add({ match: { path: /\/networks$/ }, times: 1, action: { type: 'Status', status: 403, body } })
    await expect(lookups.networks({ name: 'desktops' })).rejects.toThrow()
    const enough = new AbortController()
    const hasty = lookups.networks({ name: 'desktops' }, { signal: enough.signal })
    const patient = lookups.networks({ name: 'desktops' })
    enough.abort(new Error('enough'))
    await expect(hasty).rejects.toThrow('enough')
    expect(await patient).toMatchObject([{ name: 'desktops' }])
  })
})
