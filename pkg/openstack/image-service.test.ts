import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import type { NewImage } from './image-service.ts'
import { imageIdFor } from './mark.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()

async function fixture() {
  const cloud = await start()
  return { cloud, images: open(cloud.cloudsYaml()).images }
}

const wanted: NewImage = {
  id: imageIdFor('acme/desktops/w11', 1),
  name: 'Windows "11"\n…',
  disk_format: 'raw',
  container_format: 'bare',
  visibility: 'private',
  min_disk: 4,
  min_ram: 512,
  tags: ['gold'],
  properties: { os_type: 'windows' },
}

describe('ImageService', () => {
  it('takes an image from its registration to its end', async () => {
    const { images } = await fixture()
    const { id } = wanted
    const { properties, ...fields } = wanted
    expect(await images.create(wanted)).toMatchObject({ ...fields, properties, status: 'queued' })
    await images.upload(id, Readable.from([Buffer.from('hello')]), { size: 5 })
    expect(await images.get(id)).toMatchObject({ status: 'active', size: 5, os_hash_algo: 'sha512' })
    const patched = await images.update(id, [
      { op: 'replace', path: '/name', value: 'new' },
      { op: 'replace', path: '/tags', value: ['a'] },
      { op: 'add', path: '/x~1y', value: '1' },
      { op: 'remove', path: '/os_type' },
    ])
    expect(patched).toMatchObject({ name: 'new', tags: ['a'] })
    expect(patched.properties).toMatchObject({ 'x/y': '1' })
    expect(patched.properties).not.toHaveProperty('os_type')
    expect(await images.remove(id)).toBe('Removed')
    expect(await images.remove(id)).toBe('Absent')
    expect(await images.get(id)).toBeUndefined()
  })

  it('sends data of unknown length', async () => {
    const { images } = await fixture()
    await images.create(wanted)
    await images.upload(wanted.id, Readable.from([Buffer.from('hel'), Buffer.from('lo')]))
    expect(await images.get(wanted.id)).toMatchObject({ status: 'active', size: 5 })
  })

  it('pages through lists, newest first', async () => {
    const { cloud, images } = await fixture()
    const ids = cloud.seed(5)
    const first = await images.page({ limit: 3 })
    const second = await images.page({ limit: 3, marker: first.next })
    expect(first.images).toHaveLength(3)
    expect(second).toMatchObject({ images: [{}, {}] })
    expect(second.next).toBeUndefined()
    expect(new Set([...first.images, ...second.images].map(({ id }) => id))).toEqual(new Set(ids))
  })

  it.each<[string, Partial<NewImage>, string, string]>([
    ['an id that is taken', {}, 'Conflict', 'ImageExists'],
    ['an emoji in the name', { id: imageIdFor('x', 2), name: '😀' }, 'InvalidSpec', 'ImageInvalid'],
    ['an unknown format', { id: imageIdFor('x', 3), disk_format: 'frob' }, 'InvalidSpec', 'ImageInvalid'],
    ['a public image', { id: imageIdFor('x', 4), visibility: 'public' }, 'Refused', 'Forbidden'],
    [
      'a reserved property',
      { id: imageIdFor('x', 5), properties: { os_glance_x: '1' } },
      'InvalidSpec',
      'ReservedProperty',
    ],
  ])('says what %s means', async (_, fields, failureClass, code) => {
    const { images } = await fixture()
    await images.create(wanted)
    await expect(images.create({ ...wanted, ...fields })).rejects.toMatchObject({ class: failureClass, code })
  })

  it('says that a protected image will not go, in words that help', async () => {
    const { images } = await fixture()
    await images.create({ ...wanted, protected: true })
    await expect(images.remove(wanted.id)).rejects.toMatchObject({
      class: 'Refused',
      code: 'ImageProtected',
      status: 403,
      message: expect.stringContaining('protection to Unprotected'),
    })
  })

  it('says that an image is in use', async () => {
    const { cloud, images } = await fixture()
    await images.create(wanted)
    cloud.faults.add({ match: { method: 'DELETE' }, action: { type: 'Status', status: 409 } })
    await expect(images.remove(wanted.id)).rejects.toMatchObject({ class: 'Refused', code: 'ImageInUse' })
  })

  it('believes a 404 only from Glance', async () => {
    const { cloud, images } = await fixture()
    await images.page()
    const proxy = {
      match: { service: 'image' },
      action: { type: 'Status', status: 404, body: 'default backend' },
    } as const
    cloud.faults.add(proxy)
    await expect(images.get(wanted.id)).rejects.toMatchObject({ class: 'Unavailable', code: 'NotTheService' })
    cloud.faults.add(proxy)
    await expect(images.remove(wanted.id)).rejects.toMatchObject({ class: 'Unavailable', code: 'NotTheService' })
  })

  it('says that data is there already, that an upload is going on, that the image is gone', async () => {
    const { cloud, images } = await fixture()
    await images.create(wanted)
    const slow = new Readable({ read() {} })
    slow.push(Buffer.alloc(10))
    const first = images.upload(wanted.id, slow)
    await eventually('the upload has begun', async () => (await images.get(wanted.id))?.status === 'saving')
    const data = () => Readable.from([Buffer.from('x')])
    await expect(images.upload(wanted.id, data())).rejects.toMatchObject({ class: 'Waiting', code: 'ImageBusy' })
    slow.push(null)
    await first
    await expect(images.upload(wanted.id, data())).rejects.toMatchObject({ class: 'Conflict', code: 'ImageHasData' })
    await images.remove(wanted.id)
    await expect(images.upload(wanted.id, data())).rejects.toMatchObject({ class: 'NotFound', code: 'ImageGone' })
    const second = { ...wanted, id: imageIdFor('again', 1) }
    await images.create(second)
    cloud.faults.add({ match: { method: 'PUT' }, action: { type: 'StatusAfter', status: 410 } })
    await expect(images.upload(second.id, data())).rejects.toMatchObject({ class: 'NotFound', code: 'ImageGone' })
  })

  it('says that there is no room', async () => {
    const { cloud, images } = await fixture()
    await images.create(wanted)
    cloud.limits.storeCapacity = 100
    const upload = images.upload(wanted.id, Readable.from([Buffer.alloc(200)]), { size: 200 })
    await expect(upload).rejects.toMatchObject({ class: 'Quota', code: 'ImageQuota', status: 413 })
    cloud.limits.countTotal = 1
    const second = images.create({ ...wanted, id: imageIdFor('n', 1) })
    await expect(second).rejects.toMatchObject({ class: 'Quota', code: 'ImageLimit' })
    expect(await images.usage()).toMatchObject({ image_count_total: { limit: 1 } })
  })

  it('asks for the data again, not for another credential, when the token ends under an upload', async () => {
    const { cloud, images } = await fixture()
    await images.create(wanted)
    cloud.revokeTokens()
    const upload = images.upload(wanted.id, Readable.from([Buffer.from('hello')]), { size: 5 })
    await expect(upload).rejects.toMatchObject({ class: 'Unavailable', code: 'TokenExpired', status: 401 })
    await images.upload(wanted.id, Readable.from([Buffer.from('hello')]), { size: 5 })
    expect(await images.get(wanted.id)).toMatchObject({ status: 'active' })
  })

  it('hands on what the source failed with, and can be aborted', async () => {
    const { images } = await fixture()
    await images.create(wanted)
    const reason = new Error('no more bytes')
    async function* broken() {
      yield Buffer.from('x')
      throw reason
    }
    await expect(images.upload(wanted.id, broken())).rejects.toBe(reason)
    await eventually('Glance takes the image back', async () => (await images.get(wanted.id))?.status === 'queued')
    const enough = new AbortController()
    const endless = new Readable({ read() {} })
    endless.push('x')
    const upload = images.upload(wanted.id, endless, { signal: enough.signal })
    await eventually('the upload has begun', async () => (await images.get(wanted.id))?.status === 'saving')
    enough.abort(reason)
    await expect(upload).rejects.toBe(reason)
    expect(endless.destroyed).toBe(true)
  })

  it('tells what can be imported, and what a refusal to import means', async () => {
    const { images } = await fixture()
    expect(await images.importMethods()).toContain('web-download')
    await images.create(wanted)
    const refused = images.import(wanted.id, { method: 'web-download', uri: 'ftp://127.0.0.1/x' })
    await expect(refused).rejects.toMatchObject({ class: 'Refused', code: 'ImportRefused' })
    expect(await images.tasks(wanted.id)).toEqual([])
    await images.stage(wanted.id, Readable.from([Buffer.from('hello')]), { size: 5 })
    await images.import(wanted.id, { method: 'glance-direct' })
    await eventually('it is imported', async () => (await images.get(wanted.id))?.status === 'active')
    expect((await images.tasks(wanted.id))[0]).toMatchObject({ status: 'success' })
  })
})
