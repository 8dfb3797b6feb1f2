import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { START_MS } from '../e2e/harness.ts'
import { eventually } from '../support/eventually.ts'
import { RealStage } from './real-stage.ts'

let stage: RealStage
beforeAll(async () => {
  if (whyNoOpenStack()) return
  stage = await RealStage.start({ services: ['glance', 'nova', 'cinder'] })
  await stage.operator()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

describe.skipIf(whyNoOpenStack())('a Cloud with Nova and Cinder', () => {
  it('shows their services and absolute limits (ADM-4)', async () => {
    const tenant = await stage.tenant()
    await tenant.cloudReason('Connected')
    const known = await eventually('the limits are known', async () => {
      const cloud = await tenant.cloudObject()
      return (cloud?.status?.absoluteLimits?.length ?? 0) > 0 ? cloud : undefined
    })
    const types = known.status?.services?.map(({ type }) => type)
    expect(types).toEqual(expect.arrayContaining(['identity', 'image', 'compute', 'block-storage']))
    const compute = known.status?.services?.find(({ type }) => type === 'compute')
    expect(compute).toMatchObject({ minMicroversion: '2.1', maxMicroversion: expect.stringMatching(/^2\.[0-9]+$/) })
    const limits = known.status?.absoluteLimits ?? []
    expect(limits.map(({ service }) => service)).toEqual(expect.arrayContaining(['compute', 'block-storage']))
    for (const name of ['instances', 'cores', 'gigabytes']) {
      const found = limits.filter((limit) => limit.name.toLowerCase().includes(name))
      expect(found, name).not.toEqual([])
    }
    expect(limits.every(({ limit }) => Number.isInteger(limit))).toBe(true)
  })
})

describe.skipIf(whyNoOpenStack())('flavors and key pairs of an administrator', () => {
  const cloudRef = { name: 'vdi' }
  const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX3Wlrd0pXN2kDWsTJh8ABdL0p0y4Xc7WkY6wJ1bJr1 kim@example.org'
  const headers = { 'x-openstack-nova-api-version': '2.61' }

  it('are made, changed, found again and deleted (ADM-1, ADM-2)', async () => {
    const [tenant, session] = await Promise.all([stage.tenant({ cloudName: 'admin' }), stage.signIn('admin')])
    const { flavors, keyPairs } = tenant
    const nova = session.service('compute')
    const size = { cpus: 2, memory: '4Gi', disk: '20Gi', swap: '1Gi' }
    const access = { type: 'Projects' as const, projects: [{ name: 'demo' }] }
    await flavors.apply('office', { cloudRef, ...size, access, extraSpecs: { 'hw:cpu_policy': 'shared', mine: '1' } })
    await keyPairs.apply('kim', { cloudRef, publicKey })
    await keyPairs.apply('demos', { cloudRef, publicKey, user: { name: 'demo' } })
    const id = (await flavors.ready('office')).status?.id
    const shown = async () => (await nova.get(`/flavors/${id}`, { headers })).json.flavor
    expect(await shown()).toMatchObject({ name: 'office', vcpus: 2, ram: 4096, disk: 20, swap: 1024 })
    expect((await shown()).extra_specs).toEqual({ 'hw:cpu_policy': 'shared', mine: '1' })
    expect((await nova.get(`/flavors/${id}/os-flavor-access`)).json.flavor_access).toHaveLength(1)
    const kim = (await keyPairs.ready('kim')).status
    const demos = (await keyPairs.ready('demos')).status
    expect((await nova.get('/os-keypairs/kim')).json.keypair).toMatchObject({ fingerprint: kim?.fingerprint })
    const ofDemo = { headers: { 'x-openstack-nova-api-version': '2.35' } }
    expect((await nova.get(`/os-keypairs/demos?user_id=${demos?.userID}`, ofDemo)).status).toBe(200)

    await flavors.apply('office', { cloudRef, ...size, access: { type: 'Projects' }, extraSpecs: { mine: '2' } })
    await flavors.ready('office')
    expect((await shown()).extra_specs).toEqual({ mine: '2' })
    expect((await nova.get(`/flavors/${id}/os-flavor-access`)).json.flavor_access).toEqual([])
    await Promise.all([flavors.wipeStatus('office'), keyPairs.wipeStatus('kim')])
    expect((await flavors.ready('office')).status).toMatchObject({ id, origin: 'Created' })
    expect((await keyPairs.ready('kim')).status).toMatchObject({ origin: 'Created', fingerprint: kim?.fingerprint })

    await Promise.all([flavors.remove('office'), keyPairs.remove('kim'), keyPairs.remove('demos')])
    expect((await nova.get(`/flavors/${id}`)).status).toBe(404)
    expect((await nova.get('/os-keypairs/kim')).status).toBe(404)
    expect((await nova.get(`/os-keypairs/demos?user_id=${demos?.userID}`, ofDemo)).status).toBe(404)
  })

  it('of others stay as they are, and say so', async () => {
    const tenant = await stage.tenant({ cloudName: 'admin' })
    await tenant.flavors.apply('tiny', { cloudRef, existing: { name: 'tiny' } })
    expect((await tenant.flavors.ready('tiny')).status).toMatchObject({ origin: 'Existing', name: 'tiny' })
    await tenant.flavors.apply('taken', { cloudRef, cpus: 1, memory: '64Mi', flavorName: 'tiny' })
    await tenant.flavors.reason('taken', 'NameTaken')
    await tenant.keyPairs.apply('bad', { cloudRef, publicKey: 'ssh-ed25519 AAAA' })
    expect((await tenant.keyPairs.reason('bad', 'InvalidSpec')).message).toMatch(/Nova refuses the key pair/)
    const member = await stage.tenant()
    await member.flavors.apply('forbidden', { cloudRef, cpus: 1, memory: '64Mi' })
    await member.flavors.reason('forbidden', 'Refused')
    for (const name of ['tiny', 'taken']) await tenant.flavors.remove(name)
    await tenant.keyPairs.remove('bad')
    await member.flavors.remove('forbidden')
  })
})
