import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { USER_DATA_SECRET_TYPE } from '../../api/v1alpha1/names.ts'
import type { Desktop, DesktopTemplate } from '../../api/v1alpha1/objects.ts'
import { kstatus } from '../../hack/judges/kstatus.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import { createVolume } from '../cloud/cinder/volumes.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import type { Tenant } from './tenant.ts'

// Desktops and their templates on the in-memory cloud: their whole life, and what can go wrong.

let stage: Stage
let tenant: Tenant
/** Whose operator is killed. */
let victim: Awaited<ReturnType<typeof scene>>

beforeAll(async () => {
  stage = await Stage.start()
  tenant = (await scene()).tenant
  victim = await scene()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const cloudRef = { name: 'vdi' }
const networks = [{ name: 'nic0', network: { name: 'desktops' } }]
const resources = { cpus: 2, memory: '4Gi', disk: '40Gi' }
const office: DesktopTemplate['spec'] = { cloudRef, imageRef: { name: 'windows' }, resources, networks }
const fromOffice: Desktop['spec'] = { cloudRef, source: { type: 'Template', template: { name: 'office' } } }
const fromImage = { type: 'Image' as const, image: { imageRef: { name: 'windows' } } }

/** A tenant whose Cloud is an administrator's in the project demo, with an image and a template, and an operator. */
async function scene() {
  const tenant = await stage.tenant({ connected: false })
  await tenant.applySecret()
  const credentials = { secretRef: { name: 'vdi-cloud' }, cloudName: 'admin' }
  await tenant.applyCloud({ credentials, project: { name: 'demo' } })
  const [id = ''] = tenant.cloud.seed(1, () => ({ name: 'windows', min_disk: 20 }))
  await tenant.apply('windows', { source: { type: 'Existing', existing: { id } } })
  await tenant.templates.apply('office', office)
  const watched = { 'watch-namespaces': tenant.namespace, 'lease-namespace': tenant.namespace }
  const operator = await stage.operator({ ...watched, 'request-timeout-seconds': '3' })
  await tenant.templates.ready('office')
  return { tenant, operator }
}

const servers = ({ cloud }: Tenant) =>
  Object.values(cloud.nova.settle().servers).filter(({ vmState }) => !['deleted', 'soft-delete'].includes(vmState))
const serversOf = (tenant: Tenant, name: string) =>
  servers(tenant).filter(({ metadata }) => metadata['auxo_mark'] === `e2e/${tenant.namespace}/${name}`)
const madeFlavors = ({ cloud }: Tenant) =>
  cloud.nova.state.flavors.filter(({ description }) => description?.startsWith('auxo_mark='))
const changes = ({ cloud }: Tenant) =>
  cloud.requests.all({ service: 'compute' }).filter(({ method }) => method !== 'GET')

describe('a desktop', () => {
  it('is made from its template, changed, found again, and goes with its object', async () => {
    const { desktops } = tenant
    await desktops.apply('pc', { ...fromOffice, powerState: 'Running', metadata: { role: 'desk' } })
    const { status } = await desktops.ready('pc')
    const [server] = serversOf(tenant, 'pc')
    expect(server).toMatchObject({ name: 'pc', vmState: 'active' })
    expect(status).toMatchObject({
      ...{ id: server?.id, origin: 'Created', state: 'ACTIVE', powerState: 'Running', cpus: 2, memory: '4Gi' },
      template: { name: 'office', imageID: status?.imageID, flavorID: server?.flavor.id },
      appliedMetadata: ['role'],
    })
    expect(status?.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/)

    await desktops.apply('pc', { ...fromOffice, powerState: 'Stopped', lock: 'Locked', serverName: 'renamed' })
    await desktops.ready('pc')
    expect(serversOf(tenant, 'pc')[0]).toMatchObject({ name: 'renamed', vmState: 'stopped' })
    expect((await desktops.get('pc'))?.status).toMatchObject({ lock: 'Locked', powerState: 'Stopped' })
    expect(serversOf(tenant, 'pc')[0]?.metadata).not.toHaveProperty('role')

    const before = changes(tenant).length
    await desktops.wipeStatus('pc')
    expect((await desktops.ready('pc')).status).toMatchObject({ id: server?.id, template: { name: 'office' } })
    await desktops.vanish('pc')
    await desktops.apply('pc', { ...fromOffice, powerState: 'Stopped', lock: 'Locked', serverName: 'renamed' })
    expect((await desktops.ready('pc')).status?.id).toBe(server?.id)
    expect(changes(tenant)).toHaveLength(before)

    await desktops.remove('pc')
    expect(serversOf(tenant, 'pc')).toEqual([])
  })

  it('has a flavor of its own where it has a size of its own, and says when it shall have another', async () => {
    const { desktops } = tenant
    const flavors = madeFlavors(tenant).length
    await desktops.apply('big', { ...fromOffice, resources: { memory: '8Gi' } })
    await desktops.ready('big')
    expect(serversOf(tenant, 'big')[0]?.flavor).toMatchObject({ vcpus: 2, ram: 8192, disk: 40 })
    expect(madeFlavors(tenant)).toHaveLength(flavors + 1)
    await desktops.apply('big', { ...fromOffice, resources: { memory: '16Gi' } })
    const pending = await desktops.when('big', (seen) => conditionOf(seen, 'ResizePending') !== undefined)
    expect(conditionOf(pending, 'ResizePending')?.message).toContain('16Gi')
    expect(conditionOf(pending, 'Ready')?.status).toBe('True')
    await desktops.remove('big')
    expect(madeFlavors(tenant)).toHaveLength(flavors)
  })

  it('gets volumes and gives them back, and is made in a server group', async () => {
    const { desktops, cloud } = tenant
    const { id: projectId } = cloud.project('demo')
    const group = { id: 'group', name: 'apart', policy: 'anti-affinity', rules: {}, projectId, userId: 'u' }
    cloud.nova.state.serverGroups.push(group)
    await desktops.apply('store', {
      ...{ ...fromOffice, serverGroup: { name: 'apart' } },
      volumes: [{ name: 'data', volume: { name: 'data' } }],
    })
    await desktops.reason('store', 'VolumeNotFound')
    const caller = { projectId, userId: 'u', isAdmin: false, now: Date.now() }
    const { id } = createVolume(cloud.cinder.state, { size: 1, name: 'data' }, caller)
    await desktops.annotate('store', { again: '1' })
    const { status } = await desktops.ready('store')
    expect(status?.appliedVolumes).toEqual([{ name: 'data', volumeID: id }])
    expect(serversOf(tenant, 'store')).toMatchObject([{ serverGroup: 'group', volumes: [{ volumeId: id }] }])
    await desktops.apply('other', { ...fromOffice, volumes: [{ name: 'data', volume: { id } }] })
    expect((await desktops.reason('other', 'VolumeInUse')).message).toContain(status?.id)
    await desktops.apply('store', { ...fromOffice, serverGroup: { name: 'apart' } })
    await desktops.when('store', (seen) => seen.status?.appliedVolumes === undefined)
    expect(serversOf(tenant, 'store')[0]?.volumes).toEqual([])
    await desktops.annotate('other', { again: '1' })
    await desktops.ready('other')
    expect(serversOf(tenant, 'other')).toMatchObject([{ volumes: [{ volumeId: id }] }])
    for (const name of ['store', 'other']) await desktops.remove(name)
  })

  it('of somebody else is found, and left alone whatever happens to its object', async () => {
    const { tenant: own } = await scene()
    const credentials = { secretRef: { name: 'vdi-cloud' }, cloudName: 'admin' }
    await own.desktops.apply('mine', fromOffice)
    await own.desktops.ready('mine')
    const [mine] = serversOf(own, 'mine')
    await own.desktops.vanish('mine')
    if (mine !== undefined) Object.assign(mine, { metadata: {} })
    await own.applyCloud({ credentials, project: { name: 'demo' }, synchronize: { desktops: { policy: 'Project' } } })
    const found = await eventually('a Desktop appears', async () => (await own.desktops.list())[0], {
      timeoutMs: 40_000,
    })
    expect(found.spec.source).toEqual({ type: 'Existing', existing: { id: mine?.id } })
    const { name } = found.metadata
    expect((await own.desktops.ready(name)).status).toMatchObject({ origin: 'Synchronized', id: mine?.id })
    await own.desktops.apply('theirs', { cloudRef, source: { type: 'Existing', existing: { id: mine?.id ?? '' } } })
    await own.desktops.ready('theirs')
    await own.desktops.gone(name)
    await own.desktops.apply('zz-again', { cloudRef, source: { type: 'Existing', existing: { name: 'mine' } } })
    await own.desktops.reason('zz-again', 'ServerTaken')
    await own.desktops.remove('zz-again')
    await own.desktops.remove('theirs')
    expect(servers(own)).toHaveLength(1)
  })

  it('that is not to be seen any more is not made again by itself', async () => {
    const { desktops, cloud } = tenant
    await desktops.apply('gone', fromOffice)
    const { status } = await desktops.ready('gone')
    Object.assign(cloud.nova.state.servers[status?.id ?? ''] ?? {}, { vmState: 'deleted', deletedAt: Date.now() })
    await desktops.annotate('gone', { 'vdi.auxo.dev/refresh': '1' })
    await desktops.when('gone', ({ status: now }) => now?.id !== undefined && now.id !== status?.id)
    expect(serversOf(tenant, 'gone')).toHaveLength(1)
    await desktops.remove('gone')
  })
})

describe('what cannot be', () => {
  it('is told in words, and heals', async () => {
    const { desktops, templates } = tenant
    await desktops.apply('a', { ...fromOffice, source: { type: 'Template', template: { name: 'none' } } })
    expect((await desktops.reason('a', 'TemplateNotFound')).message).toContain('"none"')
    await desktops.apply('b', { cloudRef, source: fromImage, resources: { ...resources, disk: '10Gi' }, networks })
    expect((await desktops.reason('b', 'ImageTooLarge')).message).toContain('20Gi')
    const nowhere = [{ name: 'nic0', network: { name: 'nowhere' } }]
    await desktops.apply('c', { cloudRef, source: fromImage, resources, networks: nowhere })
    expect((await desktops.reason('c', 'NetworkNotFound')).message).toContain('"nowhere"')
    await desktops.apply('d', { ...fromOffice, keyPairRef: { name: 'nobody' } })
    await desktops.reason('d', 'KeyPairMissing')
    await desktops.apply('e', { ...fromOffice, securityGroups: ['nothing'] })
    await desktops.reason('e', 'SecurityGroupNotFound')
    await desktops.apply('f', { ...fromOffice, userData: { secretRef: { name: 'boot' } } })
    await desktops.reason('f', 'SecretMissing')
    await templates.apply('small', { ...office, resources: { ...resources, disk: '10Gi' } })
    await templates.reason('small', 'ImageTooLarge')
    const verdicts = await kstatus(await desktops.list())
    expect(new Set(verdicts.map(({ status }) => status))).toEqual(new Set(['InProgress']))
    await templates.apply('none', office)
    await desktops.ready('a')
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await desktops.remove(name)
    await templates.remove('none')
    await templates.remove('small')
    expect(servers(tenant)).toEqual([])
  })

  it('takes user data up to what Nova takes', async () => {
    const { desktops } = tenant
    const secret = (name: string, bytes: number, type: string = USER_DATA_SECRET_TYPE) =>
      tenant.applySecretOf(name, type, { userdata: 'x'.repeat(bytes) })
    await Promise.all([secret('most', 49_149), secret('more', 49_150), secret('other', 5, 'Opaque')])
    const from = (name: string) => ({ ...fromOffice, userData: { secretRef: { name } } })
    for (const name of ['most', 'more', 'other']) await desktops.apply(name, from(name))
    await desktops.ready('most')
    expect((await desktops.reason('more', 'UserDataTooLarge')).message).toContain('49150')
    expect((await desktops.reason('other', 'SecretInvalid')).message).toContain(USER_DATA_SECRET_TYPE)
    for (const name of ['most', 'more', 'other']) await desktops.remove(name)
  })

  it('a disabled image: no new template, but the old ones keep working, and the image stays while they need it', async () => {
    const { desktops, templates } = tenant
    const image = await tenant.existing('windows')
    await tenant.apply('windows', { ...image.spec, enablement: 'Disabled' })
    await templates.apply('late', office)
    await templates.reason('late', 'ImageDisabled')
    await desktops.apply('direct', { cloudRef, source: fromImage, resources, networks })
    await desktops.reason('direct', 'ImageDisabled')
    await desktops.apply('still', fromOffice)
    await desktops.ready('still')
    await tenant.apply('windows', { ...image.spec, enablement: 'Enabled' })
    await templates.ready('late')
    await desktops.ready('direct')
    for (const name of ['direct', 'still']) await desktops.remove(name)
    await templates.remove('late')
  })
})

describe('killed', () => {
  const server = { method: 'POST', path: /^\/v2\.1\/servers$/ }
  const flavor = { method: 'POST', path: /^\/v2\.1\/flavors$/ }
  const deletion = { method: 'DELETE', path: /^\/v2\.1\/servers\// }
  it.each([
    ['before the server is made', 'HangBefore', server],
    ['after the server is made', 'HangAfter', server],
    ['after the flavor is made', 'HangAfter', flavor],
    ['after the server is told to stop', 'HangAfter', { method: 'POST', path: /\/action$/ }],
    ['before the server is deleted', 'HangBefore', deletion],
    ['after the server is deleted', 'HangAfter', deletion],
  ] as const)('%s', async (what, type, match) => {
    const name = what.replaceAll(' ', '-')
    const fault = victim.tenant.cloud.faults.add({ match: { service: 'compute', ...match }, action: { type } })
    const { desktops } = victim.tenant
    await desktops.apply(name, { ...fromOffice, resources: { cpus: 4 }, powerState: 'Stopped' })
    if (match === deletion) {
      await desktops.ready(name)
      await desktops.delete(name)
    }
    await eventually('the request is kept', () => fault.hits > 0)
    await victim.operator.kill()
    await victim.operator.start()
    if (match !== deletion) {
      await desktops.ready(name)
      expect(serversOf(victim.tenant, name)).toMatchObject([{ vmState: 'stopped' }])
      await desktops.delete(name)
    }
    await desktops.gone(name)
    expect(servers(victim.tenant)).toEqual([])
    // The template's.
    expect(madeFlavors(victim.tenant)).toHaveLength(1)
  })
})
