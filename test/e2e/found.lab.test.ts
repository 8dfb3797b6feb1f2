import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SYNCHRONIZED_LABEL } from '../../api/v1alpha1/names.ts'
import type { StoredImage } from '../cloud/cloud.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import type { OperatorProcess } from './operator-process.ts'
import { conditionOf, type Tenant } from './tenant.ts'

let stage: Stage
let operator: OperatorProcess
beforeAll(async () => {
  stage = await Stage.start()
  operator = await stage.operator()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const often = { policy: 'None', intervalSeconds: 5 } as const
const project = { policy: 'Project', intervalSeconds: 5 } as const

describe.concurrent('an image that exists', () => {
  it('is found by id, shown, and neither changed nor deleted', async () => {
    const tenant = await stage.tenant()
    const [id = ''] = tenant.cloud.seed(1, () => ({ name: 'golden' }))
    await tenant.apply('a', { source: { type: 'Existing', existing: { id } }, tags: ['t'], properties: { k: 'v' } })
    const { status, metadata } = await tenant.ready('a')
    expect(status).toMatchObject({ id, name: 'golden', origin: 'Synchronized', state: 'active', enablement: 'Enabled' })
    expect(metadata.finalizers).toBeUndefined()
    await tenant.remove('a')
    expect(tenant.writes()).toBe(0)
    expect(tenant.cloud.images.get(id)?.status).toBe('active')
  })

  it('is found by name; it is waited for, and appears', async () => {
    const tenant = await stage.tenant({ synchronize: often })
    await tenant.apply('a', { source: { type: 'Existing', existing: { name: 'later' } } })
    const { message } = await tenant.reason('a', 'ImageNotFound')
    expect(message).toBe('no image with the name "later" is visible to the project; waiting for it to appear')
    tenant.cloud.seed(1, () => ({ name: 'later' }))
    await tenant.ready('a')
  })

  it('is not guessed when several have the name', async () => {
    const tenant = await stage.tenant({ synchronize: often })
    const [, second = ''] = tenant.cloud.seed(2, () => ({ name: 'twin' }))
    await tenant.apply('a', { source: { type: 'Existing', existing: { name: 'twin' } } })
    const { message } = await tenant.reason('a', 'ImageAmbiguous')
    expect(message).toBe('2 images are called "twin"; use existing.id, or rename all but one')
    change(tenant, second, { name: 'other' })
    expect((await tenant.ready('a')).status?.name).toBe('twin')
  })

  it('is changed once a user makes it Managed, and even then not deleted', async () => {
    const tenant = await stage.tenant()
    const [id = ''] = tenant.cloud.seed(1, () => ({ name: 'golden', tags: ['theirs'] }))
    const source = { type: 'Existing', existing: { id } } as const
    await tenant.apply('a', { source, managementPolicy: 'Managed', tags: ['ours'], properties: { k: 'v' } })
    await tenant.ready('a')
    const image = tenant.cloud.images.get(id)
    expect(image).toMatchObject({ name: 'golden', tags: ['theirs', 'ours'], properties: { k: 'v' } })
    expect(image?.properties).not.toHaveProperty('auxo_mark')
    await tenant.remove('a')
    expect(tenant.cloud.images.get(id)?.status).toBe('active')
  })

  it('belongs to the older of two objects; the younger says so, and takes it over', async () => {
    const tenant = await stage.tenant()
    const [id = ''] = tenant.cloud.seed(1)
    const source = { type: 'Existing', existing: { id } } as const
    await tenant.apply('a-first', { source })
    await tenant.ready('a-first')
    await tenant.apply('b-second', { source })
    const { message } = await tenant.reason('b-second', 'ImageTaken')
    expect(message).toBe('Image "a-first" holds the same Glance image; delete one of the two objects')
    await tenant.ready('a-first')
    await tenant.remove('a-first')
    await tenant.ready('b-second')
  })
})

describe.concurrent('images that are synchronised', () => {
  it('appear under readable names, follow changes, and are never changed', async () => {
    const tenant = await stage.tenant({ synchronize: { ...project, initialEnablement: 'Disabled' } })
    const [id = ''] = tenant.cloud.seed(1, () => ({ name: 'Übung 24.04 (LTS)' }))
    const name = `ubung-24-04-lts-${id.slice(0, 8)}`
    const object = await tenant.ready(name)
    expect(object.spec).toEqual({ cloudRef: { name: 'vdi' }, source: { type: 'Existing', existing: { id } } })
    expect(object.metadata.labels).toEqual({ [SYNCHRONIZED_LABEL]: 'vdi' })
    expect(object.status).toMatchObject({ origin: 'Synchronized', enablement: 'Disabled', name: 'Übung 24.04 (LTS)' })
    change(tenant, id, { name: 'renamed' })
    await tenant.when(name, ({ status }) => status?.name === 'renamed')
    change(tenant, id, { status: 'deactivated' })
    await tenant.reason(name, 'ImageDeactivated')
    expect(conditionOf(await tenant.existing(name), 'Deactivated')?.status).toBe('True')
    expect(await tenant.list()).toHaveLength(1)
    expect(tenant.writes()).toBe(0)
  })

  it('vanish with their image once Glance itself says that it is gone', { timeout: 120_000 }, async () => {
    const tenant = await stage.tenant({ synchronize: project })
    const [first = '', second = ''] = tenant.cloud.seed(2)
    await eventually('both appear', async () => (await tenant.list()).length === 2)
    remove(tenant, first)
    // Deletions show in a full list only: one in ten looks.
    await eventually('one is left', async () => (await tenant.list()).length === 1, { timeoutMs: 80_000 })
    expect((await tenant.list())[0]?.spec.source.existing?.id).toBe(second)
  })

  it('vanish at once with their image when their Cloud is refreshed', async () => {
    const tenant = await stage.tenant({ synchronize: { ...project, intervalSeconds: 3600 } })
    const [first = '', second = ''] = tenant.cloud.seed(2)
    await tenant.annotateCloud({ 'vdi.auxo.dev/refresh': '1' })
    await eventually('both appear', async () => (await tenant.list()).length === 2)
    remove(tenant, first)
    await tenant.annotateCloud({ 'vdi.auxo.dev/refresh': '2' })
    await eventually('one is left', async () => (await tenant.list()).length === 1)
    expect((await tenant.list())[0]?.spec.source.existing?.id).toBe(second)
    await eventually('it is on record', async () => (await tenant.cloudObject())?.status?.refreshed === '2')
  })

  it('stay, and say Gone, where a user set fields on the object', async () => {
    const tenant = await stage.tenant({ synchronize: project })
    const [id = ''] = tenant.cloud.seed(1)
    const name = `seed-00000-${id.slice(0, 8)}`
    await tenant.ready(name)
    await tenant.annotate(name, { note: 'mine' })
    remove(tenant, id)
    await tenant.annotate(name, { 'vdi.auxo.dev/refresh': 'now' })
    const { message } = await tenant.reason(name, 'ImageGone')
    expect(message).toBe(`image ${id} was in Glance and is no longer; delete this object, or make the image again`)
    expect(conditionOf(await tenant.existing(name), 'Gone')?.status).toBe('True')
    await tenant.remove(name)
    expect(await tenant.list()).toEqual([])
  })

  it("give way to a user's own object, and come back when that goes", async () => {
    const tenant = await stage.tenant({ synchronize: project })
    const [id = ''] = tenant.cloud.seed(1)
    const name = `seed-00000-${id.slice(0, 8)}`
    await tenant.ready(name)
    await tenant.apply('mine', { source: { type: 'Existing', existing: { id } } })
    await tenant.gone(name)
    await tenant.ready('mine')
    await tenant.remove('mine')
    await tenant.ready(name)
    await tenant.delete(name)
    await tenant.when(name, ({ metadata }) => metadata.deletionTimestamp === undefined)
    expect(tenant.writes()).toBe(0)
  })

  it('are none of those that Images here made', async () => {
    const tenant = await stage.tenant({ synchronize: project })
    await tenant.applyHttp('made', tenant.publish('made', Buffer.alloc(1000)))
    await tenant.ready('made')
    tenant.cloud.seed(1, () => ({ name: 'other' }))
    await eventually('the other one appears', async () => (await tenant.list()).length === 2)
    expect((await tenant.list()).filter(({ status }) => status?.origin === 'Created')).toHaveLength(1)
  })

  it('are those that the policy says; turning it off removes nothing', async () => {
    const tenant = await stage.tenant({ synchronize: project })
    const { id: admin } = tenant.cloud.project('admin')
    tenant.cloud.seed(1, () => ({ name: 'own' }))
    tenant.cloud.seed(1, () => ({ name: 'public', owner: admin, visibility: 'public' }))
    const names = async () =>
      (await tenant.list()).map(({ status }) => String(status?.name)).toSorted((a, b) => a.localeCompare(b))
    await eventually('the own one appears', async () => (await names()).join() === 'own')
    await tenant.applyCloud({ synchronize: { images: { ...project, policy: 'All' } } })
    await eventually('the public one appears', async () => (await names()).join() === 'own,public')
    await tenant.applyCloud({ synchronize: { images: { ...project, policy: 'None' } } })
    const [fresh = ''] = tenant.cloud.seed(1, () => ({ name: 'fresh' }))
    await tenant.apply('probe', { source: { type: 'Existing', existing: { id: fresh } } })
    await tenant.ready('probe')
    expect(await names()).toEqual(['fresh', 'own', 'public'])
  })

  it('are changed when a user makes one Managed, and not deleted with it', async () => {
    const tenant = await stage.tenant({ synchronize: project })
    const [id = ''] = tenant.cloud.seed(1)
    const name = `seed-00000-${id.slice(0, 8)}`
    const { spec } = await tenant.ready(name)
    await tenant.apply(name, { source: spec.source, managementPolicy: 'Managed', tags: ['gold'] })
    await tenant.when(name, ({ status }) => status?.appliedTags?.[0] === 'gold')
    // On record before it is done.
    await eventually('it is tagged', () => tenant.cloud.images.get(id)?.tags[0] === 'gold')
    await tenant.delete(name)
    await tenant.ready(name)
    expect(tenant.cloud.images.get(id)?.status).toBe('active')
  })
})

const MANY = 5_000
const OWN = 2_000

describe('a cloud with 5,000 images', () => {
  it('is shown in full, asked in pages, and a restart of the operator writes nothing', {
    timeout: 240_000,
  }, async () => {
    const cloud = await stage.cloud()
    cloud.seed(OWN)
    const owner = cloud.project('admin').id
    cloud.seed(MANY - OWN, (index) => ({ owner, visibility: 'public', name: `public-${index}` }))
    const tenant = await stage.tenant({ cloud, synchronize: { policy: 'Project', intervalSeconds: 3600 } })
    const ready = (images: Awaited<ReturnType<Tenant['list']>>) =>
      images.filter((image) => conditionOf(image, 'Ready')?.status === 'True').length
    const all = () => eventually('all are ready', async () => ready(await tenant.list()) === OWN, LONG)
    await all()
    expect(cloud.requests.count({ service: 'image', path: '/v2/images' })).toBeLessThanOrEqual(12)
    await tenant.apply('one', { source: { type: 'Existing', existing: { name: `public-${MANY - OWN - 1}` } } })
    await tenant.ready('one')
    await tenant.annotateCloud({ 'vdi.auxo.dev/refresh': '1' })
    await eventually('all are counted', async () => (await tenant.cloudObject())?.status?.images?.total === MANY)
    const before = writesIn(tenant.namespace)
    await operator.stop()
    await operator.start()
    await reconciledOnce(operator.url, OWN)
    await tenant.cloudReason('Connected')
    expect(writesIn(tenant.namespace).slice(before.length)).toEqual([])
  })
})

const LONG = { timeoutMs: 150_000, intervalMs: 2000 }

/** Writes to our objects, as the API server recorded them. */
function writesIn(namespace: string): string[] {
  const events = readFileSync(stage.kube.auditLog, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return events
    .filter(({ objectRef }) => objectRef?.namespace === namespace && objectRef.apiGroup === 'vdi.auxo.dev')
    .filter(({ stage }) => stage === 'ResponseComplete')
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`)
}

async function reconciledOnce(url: string, objects: number): Promise<void> {
  await eventually(
    'everything was looked at',
    async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      const counts = [
        ...metrics.matchAll(/^controller_runtime_reconcile_total\{[^}]*controller="image"[^}]*\} (\d+)/gm),
      ]
      return counts.reduce((sum, [, count]) => sum + Number(count), 0) >= objects
    },
    LONG,
  )
}

/** As if somebody did it by Glance's API. */
function change(tenant: Tenant, id: string, fields: Partial<StoredImage>): void {
  const image = tenant.cloud.images.get(id) as StoredImage
  Object.assign(image, fields)
  tenant.cloud.images.saved(image)
}

function remove(tenant: Tenant, id: string): void {
  tenant.cloud.images.remove(tenant.cloud.images.get(id) as StoredImage)
}
