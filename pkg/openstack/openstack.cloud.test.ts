import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { type OpenStack, startOpenStack } from '../../hack/lab/cloud/openstack.ts'
import { eventually } from '../../test/support/eventually.ts'
import { createImageInventory } from './image-inventory.ts'
import type { ImageService, NewImage } from './image-service.ts'
import { imageIdFor, markKey, markProperty } from './mark.ts'
import { imagePatch } from './patch.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

let cloud: OpenStack
let yaml: string
const { session: open } = cloudFixture()

function wanted(fields: Partial<NewImage> = {}): NewImage {
  return {
    id: randomUUID(),
    name: 'lab',
    disk_format: 'raw',
    container_format: 'bare',
    visibility: 'private',
    ...fields,
  }
}

function bytes(size: number): Readable {
  const chunk = Buffer.alloc(65_536, 7)
  return Readable.from(
    (function* () {
      for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, left)
    })(),
  )
}

async function status(images: ImageService, id: string): Promise<string | undefined> {
  return (await images.get(id))?.status
}

describe.skipIf(whyNoOpenStack())('pkg/openstack on the real OpenStack', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    cloud = await startOpenStack({ services: ['keystone', 'glance'] })
    yaml = readFileSync(cloud.cloudsYaml, 'utf8')
  }, 300_000)
  afterAll(async () => cloud?.stop())

  it.each(['demo', 'demo-appcred'])('logs in as %s and finds the services', async (name) => {
    const { session } = open(yaml, name)
    expect(await session.identity()).toMatchObject({ user: { name: 'demo' }, project: { name: 'demo' } })
    const services = await session.services()
    expect(services.find(({ type }) => type === 'image')?.version).toMatch(/^v2\.\d+$/)
    expect(services.find(({ type }) => type === 'identity')?.version).toMatch(/^v3\.\d+$/)
  })

  it('scopes an administrator to another project', async () => {
    const { session } = open(yaml, 'admin', { project: { name: 'demo' } })
    expect((await session.project()).name).toBe('demo')
  })

  it('says that a password is wrong, and a project unknown', async () => {
    const wrong = open(yaml.replaceAll('demopass', 'wrong')).session
    await expect(wrong.identity()).rejects.toMatchObject({ class: 'Auth', code: 'CredentialsRejected' })
    const unknown = open(yaml, 'demo', { project: { name: 'nowhere' } }).session
    await expect(unknown.identity()).rejects.toMatchObject({ class: 'Auth', code: 'CredentialsRejected' })
  })

  it('takes an image from its registration to its end', async () => {
    const { images } = open(yaml)
    const mark = 'acme/desktops/w11'
    const id = imageIdFor(mark, 1)
    const name = 'Windows "11"\n ü'
    const properties = { os_type: 'windows', [markKey]: markProperty(mark, id), 'odd/key~': 'x' }
    const image = wanted({ id, name, tags: ['gold'], properties, min_disk: 1 })
    expect(await images.create(image)).toMatchObject({ id, name, status: 'queued', properties })
    await images.upload(id, bytes(1_000_000), { size: 1_000_000 })
    const active = await images.get(id)
    const sum = createHash('sha512').update(Buffer.alloc(1_000_000, 7)).digest('hex')
    expect(active).toMatchObject({ status: 'active', size: 1_000_000, os_hash_algo: 'sha512', os_hash_value: sum })
    if (active === undefined) throw new Error('no image')
    const change = { name: 'new', tags: ['silver'], properties: { os_type: 'linux' }, min_ram: 64, protected: true }
    const patch = imagePatch(active, change, { tags: ['gold'], propertyKeys: ['odd/key~'] })
    const patched = await images.update(id, patch)
    expect(patched).toMatchObject({ name: 'new', tags: ['silver'], min_ram: 64, protected: true })
    expect(patched.properties).toEqual({ os_type: 'linux', [markKey]: markProperty(mark, id) })
    expect(imagePatch(patched, change, { tags: ['gold'], propertyKeys: ['odd/key~'] })).toEqual([])
    await expect(images.remove(id)).rejects.toMatchObject({ class: 'Refused', code: 'ImageProtected' })
    await images.update(id, imagePatch(patched, { protected: false }, { tags: [], propertyKeys: [] }))
    expect(await images.remove(id)).toBe('Removed')
    expect(await images.remove(id)).toBe('Absent')
    expect(await images.get(id)).toBeUndefined()
    await expect(images.create(image)).rejects.toMatchObject({ class: 'Conflict', code: 'ImageExists' })
  })

  it.each<[string, Partial<NewImage>, string, string]>([
    ['an emoji in the name', { name: '😀' }, 'InvalidSpec', 'ImageInvalid'],
    ['a name that is too long', { name: 'x'.repeat(256) }, 'InvalidSpec', 'ImageInvalid'],
    ['an unknown format', { disk_format: 'frob' }, 'InvalidSpec', 'ImageInvalid'],
    ['a public image', { visibility: 'public' }, 'Refused', 'Forbidden'],
    ['too many tags', { tags: Array.from({ length: 129 }, (_, i) => `t${i}`) }, 'Quota', 'ImageLimit'],
  ])('says what %s means', async (_, fields, failureClass, code) => {
    const { images } = open(yaml)
    const error = await images.create(wanted(fields)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ class: failureClass, code, requestId: expect.stringMatching(/^req-/) })
    expect(String(error)).not.toMatch(/[<>]|&\w+;/)
  })

  it('uploads without a length; a broken upload can begin anew', async () => {
    const { images } = open(yaml)
    const { id } = await images.create(wanted())
    const stopped = new AbortController()
    const endless = new Readable({ read() {} })
    endless.push(Buffer.alloc(100_000))
    const broken = images.upload(id, endless, { signal: stopped.signal })
    await eventually('the upload has begun', async () => (await status(images, id)) === 'saving')
    await expect(images.upload(id, bytes(10))).rejects.toMatchObject({ class: 'Waiting', code: 'ImageBusy' })
    stopped.abort(new Error('stopped'))
    await expect(broken).rejects.toThrow('stopped')
    await eventually('the image is queued again', async () => (await status(images, id)) === 'queued')
    await images.upload(id, bytes(3_000_000))
    expect(await images.get(id)).toMatchObject({ status: 'active', size: 3_000_000 })
  })

  it('hears an early refusal of a large upload', async () => {
    const { images } = open(yaml)
    const { id } = await images.create(wanted())
    await images.upload(id, bytes(10), { size: 10 })
    const large = 256 * 1024 * 1024
    for (const size of [large, undefined]) {
      await expect(images.upload(id, bytes(large), { size })).rejects.toMatchObject({
        code: 'ImageHasData',
        status: 409,
      })
    }
    const gone = images.upload(randomUUID(), bytes(large), { size: large })
    await expect(gone).rejects.toMatchObject({ class: 'NotFound', code: 'ImageGone', status: 404 })
  })

  it('says that an image was deleted under its upload', async () => {
    const { images } = open(yaml)
    const { id } = await images.create(wanted())
    const source = new Readable({ read() {} })
    source.push(Buffer.alloc(100_000))
    const upload = images.upload(id, source)
    await eventually('the upload has begun', async () => (await status(images, id)) === 'saving')
    await images.remove(id)
    source.push(null)
    await expect(upload).rejects.toMatchObject({ class: 'NotFound', code: 'ImageGone' })
  })

  it('keeps an inventory: images that come, change, hide and go', async () => {
    const { images, session } = open(yaml)
    const owner = (await session.project()).id
    const inventory = createImageInventory(images, { owner, intervalSeconds: 3600 })
    const controller = new AbortController()
    const done = inventory.run(controller.signal)
    await inventory.refresh()
    const { id } = await images.create(wanted({ name: 'first' }))
    await inventory.refresh()
    expect(inventory.byIndex('name', 'first')).toMatchObject([{ id, status: 'queued' }])
    await images.upload(id, bytes(5), { size: 5 })
    await inventory.refresh()
    expect(inventory.get(id)).toMatchObject({ status: 'active' })
    await images.update(id, [{ op: 'replace', path: '/os_hidden', value: true }])
    await inventory.refresh()
    expect(inventory.get(id)).toMatchObject({ os_hidden: true })
    await images.remove(id)
    await inventory.refresh({ full: true })
    expect(inventory.get(id)).toBeUndefined()
    controller.abort()
    await done
  })

  it('heals after an outage of Glance', async () => {
    const { images } = open(yaml)
    await images.page()
    await cloud.killService('glance-api')
    await expect(images.page()).rejects.toMatchObject({ class: 'Unavailable' })
    await cloud.startService('glance-api')
    expect((await images.page()).images.length).toBeGreaterThan(0)
  })
})
