import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { START_MS } from '../e2e/harness.ts'
import { conditionOf, digest, sha256 } from '../e2e/tenant-objects.ts'
import { eventually } from '../support/eventually.ts'
import { RealStage } from './real-stage.ts'

let stage: RealStage
beforeAll(async () => {
  if (whyNoOpenStack()) return
  stage = await RealStage.start()
  await stage.operator()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const bytes = (size = 300_000) => randomBytes(size)

describe.skipIf(whyNoOpenStack())('an image from a URL in a real Glance', () => {
  it('is made with everything that spec says, one file in the store, and leaves nothing', async () => {
    const tenant = await stage.tenant()
    const content = bytes()
    await tenant.applyHttp('w11', tenant.publish('w11.raw', content), {
      http: { checksum: { algorithm: 'SHA256', value: sha256(content) } },
      imageName: 'Windows 11',
      minDisk: '40Gi',
      minMemory: '4Gi',
      visibility: 'Private',
      tags: ['gold', 'blue'],
      properties: { os_type: 'windows', hw_disk_bus: 'virtio' },
    })
    const { status } = await tenant.ready('w11')
    const made = await tenant.theImage('w11')
    expect(made).toMatchObject({
      ...{ name: 'Windows 11', status: 'active', min_disk: 40, min_ram: 4096, visibility: 'private' },
      ...{ disk_format: 'raw', container_format: 'bare', os_type: 'windows', hw_disk_bus: 'virtio' },
    })
    expect([...made.tags].sort()).toEqual(['blue', 'gold'])
    expect(status).toMatchObject({ id: made.id, origin: 'Created', state: 'active', sizeBytes: content.length })
    expect(status?.hashValue).toBe(digest('sha512', content))
    expect(await tenant.downloaded(made.id)).toBe(sha256(content))
    expect(tenant.stored(made.id)).toBe(sha256(content))
    await tenant.remove('w11')
    expect(await tenant.imagesOf('w11')).toEqual([])
    expect(tenant.stored(made.id)).toBeUndefined()
  })

  it('follows changes; only what was applied from spec is removed again', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url, { tags: ['ours', 'both'], properties: { ours: '1', kept: '2' } })
    const { id } = (await tenant.ready('a')).status ?? {}
    await tenant.glance.request('PUT', `/v2/images/${id}/tags/theirs`)
    await tenant.patchImage(id ?? '', [{ op: 'add', path: '/theirs', value: 'x' }])
    const wanted = { imageName: 'renamed', tags: ['both', 'new'], properties: { kept: '3' }, minDisk: '2Gi' }
    await tenant.applyHttp('a', url, { ...wanted, visibility: 'Community' })
    await tenant.ready('a')
    const changed = await tenant.theImage('a')
    expect(changed).toMatchObject({ name: 'renamed', min_disk: 2, kept: '3', theirs: 'x', visibility: 'community' })
    expect([...changed.tags].sort()).toEqual(['both', 'new', 'theirs'])
    expect(changed).not.toHaveProperty('ours')
    await tenant.applyHttp('a', url)
    await tenant.ready('a')
    const back = await tenant.theImage('a')
    // Absent means not ours: what has a field of its own is not set back.
    expect(back).toMatchObject({ id, name: 'a', tags: ['theirs'], min_disk: 2, theirs: 'x', visibility: 'community' })
    expect(back).not.toHaveProperty('kept')
  })

  it('is disabled and enabled without a word to Glance', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url)
    await tenant.ready('a')
    const before = await tenant.theImage('a')
    for (const enablement of ['Disabled', 'Enabled'] as const) {
      await tenant.applyHttp('a', url, { enablement })
      expect((await tenant.ready('a')).status?.enablement).toBe(enablement)
    }
    expect(await tenant.theImage('a')).toEqual(before)
  })

  it('that is protected stays, and says what to do; Retain keeps it', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    for (const name of ['a', 'b']) await tenant.applyHttp(name, url, { protection: 'Protected' })
    const [a, b] = await Promise.all(['a', 'b'].map((name) => tenant.ready(name)))
    for (const name of ['a', 'b']) await tenant.delete(name)
    const { message } = await tenant.reason('a', 'ImageProtected')
    expect(message).toBe('the image is protected in Glance; set protection: Unprotected, or deletionPolicy: Retain')
    await tenant.reason('b', 'ImageProtected')
    await tenant.applyHttp('a', url, { protection: 'Unprotected' })
    await tenant.applyHttp('b', url, { protection: 'Protected', deletionPolicy: 'Retain' })
    await Promise.all([tenant.gone('a'), tenant.gone('b')])
    expect(await tenant.imageStatus(a?.status?.id ?? '')).toBeUndefined()
    expect(await tenant.imageStatus(b?.status?.id ?? '')).toBe('active')
  })

  it('that is no longer managed is neither changed nor deleted', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url)
    await tenant.ready('a')
    await tenant.applyHttp('a', url, { managementPolicy: 'Unmanaged', tags: ['new'] })
    await tenant.ready('a')
    expect((await tenant.theImage('a')).tags).toEqual([])
    await tenant.remove('a')
    expect((await tenant.theImage('a')).status).toBe('active')
  })

  it('that an administrator deactivated stays so, and heals', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', tenant.publish('a.raw', bytes()))
    const { id } = (await tenant.ready('a')).status ?? {}
    const administrator = (await stage.signIn('admin')).service('image')
    await administrator.request('POST', `/v2/images/${id}/actions/deactivate`)
    await tenant.refresh('a')
    await tenant.reason('a', 'ImageDeactivated')
    expect(conditionOf(await tenant.existing('a'), 'Deactivated')?.status).toBe('True')
    await administrator.request('POST', `/v2/images/${id}/actions/reactivate`)
    await tenant.refresh('a')
    expect((await tenant.ready('a')).status?.id).toBe(id)
  })

  it('that somebody deleted is made again under another id', async () => {
    const tenant = await stage.tenant()
    const content = bytes()
    await tenant.applyHttp('a', tenant.publish('a.raw', content))
    const first = (await tenant.ready('a')).status?.id ?? ''
    await tenant.glance.delete(`/v2/images/${first}`)
    await tenant.refresh('a')
    await tenant.when('a', ({ status }) => status?.attempt === 2)
    await tenant.ready('a')
    const made = await tenant.theImage('a')
    expect(made.id).not.toBe(first)
    expect(await tenant.downloaded(made.id)).toBe(sha256(content))
  })

  it('whose server breaks the connection again and again is resumed by ranges', async () => {
    const tenant = await stage.tenant()
    const content = bytes(4_000_000)
    const url = tenant.publish('cut.raw', content)
    tenant.www.fault(new URL(url).pathname, { cutAfter: 1_100_000, times: 3 })
    await tenant.applyHttp('a', url, { http: { checksum: { algorithm: 'SHA512', value: digest('sha512', content) } } })
    const { status } = await tenant.ready('a')
    expect(status?.attempt).toBe(1)
    expect(await tenant.downloaded(status?.id ?? '')).toBe(sha256(content))
    const asked = tenant.www.requests.filter(({ path, status: code }) => path === new URL(url).pathname && code === 206)
    expect(asked.length).toBeGreaterThanOrEqual(3)
  })
})

describe.skipIf(whyNoOpenStack())('Glance’s own download', () => {
  it('is checked before anyone can use the image', async () => {
    const tenant = await stage.tenant()
    const content = bytes()
    await tenant.applyHttp('a', tenant.publish('a.raw', content), {
      http: { via: 'Glance', checksum: { algorithm: 'SHA512', value: digest('sha512', content) } },
    })
    const { status } = await tenant.ready('a')
    expect(await tenant.theImage('a')).toMatchObject({ id: status?.id, status: 'active', os_hidden: false })
    expect(await tenant.downloaded(status?.id ?? '')).toBe(sha256(content))
  })

  it('of a file that is another than promised leaves nothing', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', tenant.publish('a.raw', bytes()), {
      http: { via: 'Glance', checksum: { algorithm: 'SHA512', value: digest('sha512', bytes()) } },
    })
    const { message } = await tenant.reason('a', 'ChecksumMismatch')
    expect(message).toMatch(/hashes to [0-9a-f]{128}, expected [0-9a-f]{128}/)
    await eventually('nothing is left', async () => (await tenant.imagesOf('a')).length === 0)
    await tenant.remove('a')
  })

  it('with a checksum that Glance cannot prove is refused before it begins', async () => {
    const tenant = await stage.tenant()
    const content = bytes()
    const url = tenant.publish('a.raw', content)
    await tenant.applyHttp('a', url, {
      http: { via: 'Glance', checksum: { algorithm: 'SHA256', value: sha256(content) } },
    })
    const { message } = await tenant.reason('a', 'ChecksumUnprovable')
    expect(message).toMatch(/^the cloud hashes with sha512/)
    await tenant.remove('a')
    expect(await tenant.imagesOf('a')).toEqual([])
  })

  it('of a URL that is 404 says so, and heals when the file is there', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', `${tenant.www.url}/${tenant.namespace}/later.raw`, { http: { via: 'Glance' } })
    await tenant.reason('a', 'ImportFailed')
    const content = bytes()
    tenant.publish('later.raw', content)
    await tenant.refresh('a')
    const { status } = await tenant.ready('a')
    expect(await tenant.downloaded(status?.id ?? '')).toBe(sha256(content))
    expect(await tenant.imagesOf('a')).toHaveLength(1)
  })
})
