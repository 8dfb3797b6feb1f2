import { describe, expect, it } from 'vitest'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()

async function fixture() {
  const cloud = await start()
  const { session, networks } = open(cloud.cloudsYaml())
  const [pool] = await networks.externalNetworks()
  const [desktops] = await networks.networks({ name: 'desktops' })
  if (!pool || !desktops) throw new Error('the cloud has no networks')
  const port = async (): Promise<string> => {
    const json = { port: { network_id: desktops.id, device_id: 'server-1' } }
    const { body } = await session.request({ service: 'network', method: 'POST', path: '/ports', json })
    return (body as { port: { id: string } }).port.id
  }
  return { cloud, networks, pool, desktops, port }
}

describe('NetworkService', () => {
  it('finds networks by name and by id, and none where there is none', async () => {
    const { networks, pool, desktops } = await fixture()
    expect(desktops).toMatchObject({ name: 'desktops', external: false, shared: false })
    expect(desktops.subnets).toHaveLength(1)
    expect(await networks.networks({ id: desktops.id })).toEqual([desktops])
    expect(await networks.networks({ name: 'nowhere' })).toEqual([])
    expect(pool).toMatchObject({ name: 'public', external: true })
  })

  it('finds security groups of a project by name', async () => {
    const { cloud, networks } = await fixture()
    const project = cloud.project('demo').id
    expect(await networks.securityGroups(project, ['default', 'none'])).toMatchObject([
      { name: 'default', project_id: project },
    ])
    expect(await networks.securityGroups(project, [])).toEqual([])
  })

  it('finds the ports of a server with their addresses', async () => {
    const { networks, desktops, port } = await fixture()
    const id = await port()
    const ports = await networks.portsOf('server-1')
    expect(ports).toMatchObject([{ id, network_id: desktops.id, device_id: 'server-1', status: 'DOWN' }])
    expect(ports[0]?.fixed_ips).toMatchObject([{ ip_address: expect.stringMatching(/^10\.20\./) }])
    expect(await networks.portsOf('server-2')).toEqual([])
  })

  it('takes a floating IP from its making to its end', async () => {
    const { networks, pool, port } = await fixture()
    const portID = await port()
    const made = await networks.createFloatingIP({ floating_network_id: pool.id, description: 'acme/d/pc' })
    expect(made).toMatchObject({ description: 'acme/d/pc', floating_network_id: pool.id })
    expect(made).not.toHaveProperty('port_id')
    expect(await networks.floatingIPs({ description: 'acme/d/pc' })).toMatchObject([{ id: made.id }])
    expect(await networks.floatingIPs({ description: 'acme/d' })).toEqual([])
    expect(await networks.associateFloatingIP(made.id, portID)).toMatchObject({ port_id: portID })
    expect(await networks.floatingIPs({ port_id: portID })).toMatchObject([{ id: made.id }])
    expect(await networks.disassociateFloatingIP(made.id)).not.toHaveProperty('port_id')
    expect(await networks.removeFloatingIP(made.id)).toBe('Removed')
    expect(await networks.removeFloatingIP(made.id)).toBe('Absent')
    expect(await networks.floatingIPs({ floating_ip_address: made.floating_ip_address })).toEqual([])
  })

  it.each([
    [400, 'BadRequest', 'InvalidSpec', 'FloatingIPInvalid'],
    [403, 'Policy', 'Refused', 'Forbidden'],
    [404, 'Port x could not be found', 'NotFound', 'NetworkResourceNotFound'],
    [409, "Quota exceeded for resources: ['floatingip'].", 'Quota', 'QuotaExceeded'],
    [409, 'No more IP addresses available on network x.', 'Quota', 'NoFreeAddress'],
    [409, 'that fixed IP already has a floating IP', 'Refused', 'FloatingIPConflict'],
    [500, 'broken', 'UnknownOutcome', 'AnswerLost'],
  ])('says what %i "%s" means', async (status, message, failureClass, code) => {
    const { cloud, networks, pool } = await fixture()
    const body = JSON.stringify({ NeutronError: { type: 'X', message, detail: '' } })
    cloud.faults.add({ match: { method: 'POST' }, action: { type: 'Status', status, body } })
    const made = networks.createFloatingIP({ floating_network_id: pool.id, description: 'x' })
    await expect(made).rejects.toMatchObject({ class: failureClass, code })
  })
})
