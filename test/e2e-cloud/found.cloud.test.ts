import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Image } from '../../api/v1alpha1/objects.ts'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { START_MS } from '../e2e/harness.ts'
import { eventually } from '../support/eventually.ts'
import { RealStage } from './real-stage.ts'
import type { RealTenant } from './real-tenant.ts'

let stage: RealStage
beforeAll(async () => {
  if (whyNoOpenStack()) return
  stage = await RealStage.start()
  await stage.operator()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

/** The object for an image, once there is one and it is as `probe` says. */
async function objectOf(tenant: RealTenant, id: string, probe: (image: Image) => boolean = () => true): Promise<Image> {
  return await eventually(
    `an Image for ${id}`,
    async () => (await tenant.list()).find((image) => image.spec.source.existing?.id === id && probe(image)),
    { timeoutMs: 60_000 },
  )
}

async function noObjectOf(tenant: RealTenant, id: string): Promise<void> {
  const held = async () => (await tenant.list()).some((image) => image.spec.source.existing?.id === id)
  await eventually(`no Image for ${id}`, async () => !(await held()), { timeoutMs: 90_000 })
}

describe.skipIf(whyNoOpenStack())('an image that is in Glance already', () => {
  it('is found by id and never touched', async () => {
    const tenant = await stage.tenant()
    const made = await tenant.makeImage({ name: 'by-id', os_type: 'linux' })
    const before = (await tenant.glance.get(`/v2/images/${made.id}`)).json
    await tenant.apply('a', { source: { type: 'Existing', existing: { id: made.id } }, tags: ['not-written'] })
    await tenant.refresh('a')
    const { status } = await tenant.ready('a')
    expect(status).toMatchObject({ id: made.id, origin: 'Synchronized', name: 'by-id' })
    await tenant.remove('a')
    expect((await tenant.glance.get(`/v2/images/${made.id}`)).json).toEqual(before)
  })

  it('is found by name only where exactly one matches exactly, though Glance ignores case', async () => {
    const tenant = await stage.tenant()
    const name = `Golden ${randomUUID()}`
    const made = await tenant.makeImage({ name })
    await tenant.makeImage({ name: name.toUpperCase() })
    await tenant.apply('a', { source: { type: 'Existing', existing: { name } } })
    await tenant.refresh('a')
    expect((await tenant.ready('a')).status?.id).toBe(made.id)
    await tenant.apply('b', { source: { type: 'Existing', existing: { name: name.toLowerCase() } } })
    expect((await tenant.reason('b', 'ImageNotFound')).message).toContain(name.toLowerCase())
    const twin = `Twin ${randomUUID()}`
    await Promise.all([tenant.makeImage({ name: twin }), tenant.makeImage({ name: twin })])
    await tenant.apply('c', { source: { type: 'Existing', existing: { name: twin } } })
    await tenant.refresh('c')
    await tenant.reason('c', 'ImageAmbiguous')
  })

  it('is changed where it is deliberately Managed, and stays when the object goes', async () => {
    const tenant = await stage.tenant()
    const made = await tenant.makeImage({ name: 'theirs', tags: ['theirs'] })
    const source = { type: 'Existing', existing: { id: made.id } } as const
    await tenant.apply('a', { source, managementPolicy: 'Managed', imageName: 'ours now', tags: ['ours'] })
    await tenant.refresh('a')
    await tenant.ready('a')
    const changed = (await tenant.glance.get(`/v2/images/${made.id}`)).json
    expect(changed).toMatchObject({ name: 'ours now', status: 'active' })
    expect([...changed.tags].sort()).toEqual(['ours', 'theirs'])
    await tenant.remove('a')
    expect(await tenant.imageStatus(made.id)).toBe('active')
  })
})

describe.skipIf(whyNoOpenStack())('synchronisation', { concurrent: true }, () => {
  it('follows images of the project that appear, change, are hidden and vanish', async () => {
    const tenant = await stage.tenant({ synchronize: { policy: 'Project', intervalSeconds: 5 } })
    const made = await tenant.makeImage({ name: 'Büro „Süd“' })
    const object = await objectOf(tenant, made.id)
    expect(object.metadata.name).toBe(`buro-sud-${made.id.slice(0, 8)}`)
    await tenant.ready(object.metadata.name)
    await tenant.patchImage(made.id, [{ op: 'replace', path: '/name', value: 'renamed' }])
    await objectOf(tenant, made.id, ({ status }) => status?.name === 'renamed')
    await tenant.patchImage(made.id, [{ op: 'replace', path: '/os_hidden', value: true }])
    // Hidden is not gone: it is still followed.
    await tenant.patchImage(made.id, [{ op: 'replace', path: '/name', value: 'hidden' }])
    await objectOf(tenant, made.id, ({ status }) => status?.name === 'hidden')
    // Only a full list shows what is gone, every tenth interval.
    await tenant.glance.delete(`/v2/images/${made.id}`)
    await noObjectOf(tenant, made.id)
  }, 200_000)

  it('keeps an object on which a user set a field when its image is gone, and says so', async () => {
    const tenant = await stage.tenant({ synchronize: { policy: 'Project', intervalSeconds: 5 } })
    const made = await tenant.makeImage({ name: 'used' })
    const { name } = (await objectOf(tenant, made.id)).metadata
    await tenant.ready(name)
    await tenant.client.patch(
      { group: 'vdi.auxo.dev', version: 'v1alpha1', plural: 'images', kind: 'Image' },
      { namespace: tenant.namespace, name },
      { spec: { enablement: 'Disabled' } },
    )
    await tenant.when(name, ({ status }) => status?.enablement === 'Disabled')
    await tenant.glance.delete(`/v2/images/${made.id}`)
    await tenant.refresh(name)
    await tenant.reason(name, 'ImageGone')
    expect((await tenant.existing(name)).status?.conditions?.map(({ type }) => type)).toContain('Gone')
  })

  it('Project leaves images of others out; All has public ones, and shared ones that were accepted', async () => {
    const administrator = await stage.signIn('admin')
    const theirs = administrator.service('image')
    const member = (await stage.signIn('demo')).projectId
    const make = async (visibility: string) => {
      const fields = { name: `by-admin-${visibility}`, disk_format: 'raw', container_format: 'bare', visibility }
      const { json } = await theirs.post('/v2/images', fields)
      const headers = { 'content-type': 'application/octet-stream' }
      await theirs.put(`/v2/images/${json.id}/file`, { headers, body: 'bytes' })
      return json.id as string
    }
    const [published, shared] = await Promise.all([make('public'), make('shared')])
    await theirs.post(`/v2/images/${shared}/members`, { member })
    const all = await stage.tenant({ synchronize: { policy: 'All', intervalSeconds: 5 } })
    const project = await stage.tenant({ synchronize: { policy: 'Project', intervalSeconds: 5 } })
    const json = { status: 'accepted' }
    expect((await all.glance.request('PUT', `/v2/images/${shared}/members/${member}`, { json })).status).toBe(200)
    const own = await all.makeImage({ name: 'of-the-project' })
    for (const id of [published, shared, own.id]) await all.ready((await objectOf(all, id)).metadata.name)
    await objectOf(project, own.id)
    const ids = (await project.list()).map(({ spec }) => spec.source.existing?.id)
    expect(ids).not.toContain(published)
    expect(ids).not.toContain(shared)
    // Off is off: nothing is made and nothing goes.
    await all.applyCloud({ synchronize: { images: { policy: 'None' } } })
    const late = await all.makeImage({ name: 'late' })
    await objectOf(project, late.id)
    expect((await all.list()).map(({ spec }) => spec.source.existing?.id).sort()).toEqual(
      expect.arrayContaining([published, shared, own.id]),
    )
    expect((await all.list()).some(({ spec }) => spec.source.existing?.id === late.id)).toBe(false)
  }, 150_000)
})
