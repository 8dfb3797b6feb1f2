import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { USER_DATA_SECRET_TYPE } from '../../api/v1alpha1/names.ts'
import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { START_MS } from '../e2e/harness.ts'
import type { OperatorProcess } from '../e2e/operator-process.ts'
import { eventually } from '../support/eventually.ts'
import { RealProject } from './real-project.ts'
import { RealStage } from './real-stage.ts'
import type { RealTenant } from './real-tenant.ts'

// Desktops on a real OpenStack, by an administrator's credential in the project of a member.

let stage: RealStage
let operator: OperatorProcess
let tenant: RealTenant
let project: RealProject

const cloudRef = { name: 'vdi' }
const credentials = { secretRef: { name: 'vdi-cloud' }, cloudName: 'admin' }
const fromOffice: Desktop['spec'] = { cloudRef, source: { type: 'Template', template: { name: 'office' } } }
const SLOW = { timeout: 150_000 }

beforeAll(async () => {
  if (whyNoOpenStack()) return
  stage = await RealStage.start({ services: ['glance', 'nova', 'cinder', 'neutron'] })
  const [member, administrator] = await Promise.all([stage.signIn('demo'), stage.signIn('admin')])
  project = new RealProject(member, administrator)
  tenant = await stage.tenant({ connected: false })
  operator = await stage.operator({ 'request-timeout-seconds': '10' })
  await tenant.applySecret()
  await tenant.applyCloud({ credentials, project: { name: 'demo' } })
  await tenant.apply('base', { source: { type: 'Existing', existing: { name: 'desktop-base' } } })
  const resources = { cpus: 1, memory: '64Mi', disk: '1Gi' }
  const networks = [{ name: 'nic0', network: { name: 'desktops' } }]
  await tenant.templates.apply('office', { cloudRef, imageRef: { name: 'base' }, resources, networks })
  await tenant.templates.ready('office')
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const theServer = (name: string) => project.theServer(tenant.namespace, name)

/** Deletes the object; nothing that it made is left. */
async function removed(name: string): Promise<void> {
  await tenant.desktops.remove(name)
  expect(await project.serversOf(tenant.namespace, name)).toEqual([])
}

describe.skipIf(whyNoOpenStack())('a desktop', { concurrent: true }, () => {
  it('is made with everything that spec says, follows its changes, and leaves nothing', SLOW, async () => {
    const { desktops, keyPairs } = tenant
    for (const name of ['desk', 'guest']) await project.makeSecurityGroup(name)
    const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX3Wlrd0pXN2kDWsTJh8ABdL0p0y4Xc7WkY6wJ1bJr1 kim@example.org'
    await keyPairs.apply('kim', { cloudRef, publicKey })
    await tenant.applySecretOf('boot', USER_DATA_SECRET_TYPE, { userdata: '#cloud-config\n' })
    const fixed = { keyPairRef: { name: 'kim' }, userData: { secretRef: { name: 'boot' } } }
    const first = {
      metadata: { role: 'desk', room: '4' },
      securityGroups: ['desk'],
      floatingIP: { network: { name: 'public' } },
    }
    await desktops.apply('pc', { ...fromOffice, ...fixed, ...first, resources: { cpus: 2 } })
    const { status, metadata } = await desktops.ready('pc')
    const made = await theServer('pc')
    expect(made).toMatchObject({
      ...{ name: 'pc', status: 'ACTIVE', key_name: 'kim', tags: [`auxo-${metadata.uid}`] },
      metadata: first.metadata,
      security_groups: [{ name: 'desk' }],
      'OS-EXT-SRV-ATTR:user_data': Buffer.from('#cloud-config\n').toString('base64'),
    })
    const [floating] = await project.floatingIPs()
    expect(floating?.port_id).toBeTruthy()
    expect(status).toMatchObject({ id: made.id, origin: 'Created', state: 'ACTIVE', cpus: 2, memory: '64Mi' })
    expect(status?.appliedFloatingIP).toMatchObject({ address: floating?.floating_ip_address, origin: 'Allocated' })

    const then = { metadata: { role: 'guest' }, securityGroups: ['guest'], serverName: 'renamed' }
    await desktops.apply('pc', { ...fromOffice, ...fixed, ...then, resources: { cpus: 2 } })
    await desktops.ready('pc')
    const changed = await theServer('pc')
    expect(changed).toMatchObject({ id: made.id, name: 'renamed', security_groups: [{ name: 'guest' }] })
    expect(changed.metadata).toMatchObject({ role: 'guest' })
    expect(changed.metadata).not.toHaveProperty('room')
    expect(await project.floatingIPs()).toEqual([])

    await desktops.wipeStatus('pc')
    expect((await desktops.ready('pc')).status).toMatchObject({ id: made.id, template: { name: 'office' } })
    await desktops.apply('pc', { ...fromOffice, ...fixed, ...first, resources: { cpus: 2 } })
    await desktops.ready('pc')
    expect(await project.floatingIPs()).toHaveLength(1)
    await removed('pc')
    expect(await project.floatingIPs()).toEqual([])
    await keyPairs.remove('kim')
  })

  it('is brought into each power state', SLOW, async () => {
    const { desktops } = tenant
    const states = [
      ...[
        ['Running', 'ACTIVE'],
        ['Stopped', 'SHUTOFF'],
        ['Paused', 'PAUSED'],
        ['Suspended', 'SUSPENDED'],
      ],
      ...[
        ['Shelved', /^SHELVED/],
        ['Running', 'ACTIVE'],
      ],
    ] as const
    for (const [powerState, shown] of states) {
      await desktops.apply('power', { ...fromOffice, powerState })
      expect((await desktops.ready('power')).status?.powerState).toBe(powerState)
      expect((await theServer('power')).status).toMatch(shown)
    }
    await removed('power')
  })

  it('is locked so that a member of its project cannot unlock it, and unlocked again', SLOW, async () => {
    const { desktops } = tenant
    await desktops.apply('locked', { ...fromOffice, lock: 'Locked', lockReason: 'an examination' })
    const { status } = await desktops.ready('locked')
    const { id } = await theServer('locked')
    expect(status).toMatchObject({ lock: 'Locked', lockReason: 'an examination' })
    expect(await project.act(id, { unlock: null })).toBe(403)
    expect(await project.act(id, { 'os-stop': null })).toBe(409)
    await desktops.apply('locked', { ...fromOffice, lock: 'Locked', powerState: 'Stopped' })
    await desktops.ready('locked')
    expect(await theServer('locked')).toMatchObject({ status: 'SHUTOFF', locked: true })
    await desktops.apply('locked', { ...fromOffice, lock: 'Unlocked' })
    await desktops.ready('locked')
    expect(await theServer('locked')).toMatchObject({ locked: false })
    await desktops.apply('locked', { ...fromOffice, lock: 'Locked' })
    await desktops.ready('locked')
    await removed('locked')
  })

  it('boots from a volume, which goes with it', SLOW, async () => {
    const { desktops } = tenant
    const resources = { cpus: 1, memory: '64Mi' }
    const networks = [{ name: 'nic0', network: { name: 'desktops' } }]
    const source = { type: 'Image' as const, image: { imageRef: { name: 'base' } } }
    const storage = { type: 'Volume' as const, volume: { size: '2Gi', type: 'ssd' } }
    await desktops.apply('volume', { cloudRef, source, resources, networks, storage })
    await desktops.ready('volume')
    const server = await theServer('volume')
    expect(await project.volumes()).toMatchObject([{ size: 2, status: 'in-use' }])
    // It goes when Nova reclaims the server, ten minutes after this test.
    expect(server['os-extended-volumes:volumes_attached']).toMatchObject([{ delete_on_termination: true }])
    await removed('volume')
  })

  it('of somebody else is found, left alone, and its object goes with it', SLOW, async () => {
    const { desktops } = tenant
    const imageRef = (await tenant.ready('base')).status?.id ?? ''
    const id = await project.makeServer({ name: 'by hand', imageRef, flavorRef: await project.flavorID('tiny') })
    const synchronize = { desktops: { policy: 'Project' as const } }
    await tenant.applyCloud({ credentials, project: { name: 'demo' }, synchronize })
    const held = async () => (await desktops.list()).find(({ spec }) => spec.source.existing?.id === id)
    const { metadata } = await eventually('a Desktop for it', held, { timeoutMs: 90_000 })
    expect(metadata.name).toBe(`by-hand-${id.slice(0, 8)}`)
    expect((await desktops.ready(metadata.name)).status).toMatchObject({ origin: 'Synchronized', state: 'ACTIVE' })
    expect(await project.deleteServer(id)).toBe(204)
    await desktops.annotate(metadata.name, { 'vdi.auxo.dev/refresh': '1' })
    await desktops.gone(metadata.name)
    await tenant.applyCloud({ credentials, project: { name: 'demo' } })
  })
})

describe.skipIf(whyNoOpenStack())('SIGKILL of the operator', () => {
  it.each(['as the attempt is on record', 'as the server appears'])('%s: one server', SLOW, async (moment) => {
    const { desktops, namespace } = tenant
    const name = moment.split(' ').at(-1) ?? ''
    const reached = {
      record: async () => (await desktops.get(name))?.status?.creation !== undefined,
      appears: async () => (await project.serversOf(namespace, name)).length > 0,
    }[name]
    await desktops.apply(name, { ...fromOffice, resources: { cpus: 4 } })
    await eventually(moment, () => reached?.() ?? false, { intervalMs: 2, timeoutMs: 60_000 })
    await operator.kill()
    await operator.start()
    const { status } = await desktops.ready(name)
    expect((await theServer(name)).id).toBe(status?.id)
    await desktops.delete(name)
    await operator.kill()
    await operator.start()
    await desktops.gone(name)
    expect(await project.serversOf(namespace, name)).toEqual([])
  })
})

describe.skipIf(whyNoOpenStack())('a template', () => {
  it('leaves no flavor behind, nor did any desktop', async () => {
    expect(await project.madeFlavors()).toEqual([(await tenant.templates.get('office'))?.status?.flavorID])
    await tenant.templates.remove('office')
    expect(await project.madeFlavors()).toEqual([])
    expect(await project.servers()).toEqual([])
  })
})
