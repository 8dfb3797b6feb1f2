import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { START_MS, Stage } from './harness.ts'
import type { OperatorProcess } from './operator-process.ts'
import { conditionOf, sha256 } from './tenant.ts'

let stage: Stage
let operator: OperatorProcess

beforeAll(async () => {
  stage = await Stage.start()
  operator = await stage.operator({ 'resync-seconds': '20' })
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const bytes = () => randomBytes(300_000)

describe('an image from a URL', () => {
  it('is made with everything that spec says, and its checksum is proved', async () => {
    const tenant = await stage.tenant()
    const content = bytes()
    const url = tenant.publish('w11.raw', content)
    await tenant.applyHttp('w11', url, {
      http: { checksum: { algorithm: 'SHA256', value: sha256(content) } },
      imageName: 'Windows 11',
      minDisk: '40Gi',
      minMemory: '4Gi',
      visibility: 'Private',
      tags: ['gold', 'blue'],
      properties: { os_type: 'windows', hw_disk_bus: 'virtio' },
    })
    const { status } = await tenant.ready('w11')
    const made = tenant.theImage('Windows 11')
    expect(made).toMatchObject({
      ...{ status: 'active', min_disk: 40, min_ram: 4096, visibility: 'private', disk_format: 'raw' },
      ...{ container_format: 'bare', contentSha256: sha256(content) },
      properties: { os_type: 'windows', hw_disk_bus: 'virtio' },
    })
    expect([...made.tags].sort()).toEqual(['blue', 'gold'])
    expect(status).toMatchObject({
      ...{ id: made.id, origin: 'Created', enablement: 'Enabled', state: 'active', name: 'Windows 11', attempt: 1 },
      ...{ size: '293Ki', sizeBytes: content.length, diskFormat: 'raw', visibility: 'private' },
    })
    expect(status).not.toHaveProperty('progress')
    await tenant.remove('w11')
    expect(tenant.inCloud('Windows 11')).toEqual([])
  })

  it('follows changes; only what was applied from spec is removed again', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url, { tags: ['ours', 'both'], properties: { ours: '1', kept: '2' } })
    await tenant.ready('a')
    const made = tenant.theImage('a')
    made.tags = [...made.tags, 'theirs']
    made.properties = { ...made.properties, theirs: 'x' }
    tenant.cloud.images.saved(made)
    await tenant.applyHttp('a', url, {
      imageName: 'renamed',
      tags: ['both', 'new'],
      properties: { kept: '3' },
      minDisk: '2Gi',
    })
    await tenant.ready('a')
    expect(made).toMatchObject({ name: 'renamed', min_disk: 2 })
    expect([...made.tags].sort()).toEqual(['both', 'new', 'theirs'])
    expect(made.properties).toMatchObject({ kept: '3', theirs: 'x' })
    expect(made.properties).not.toHaveProperty('ours')
    await tenant.applyHttp('a', url)
    await tenant.when('a', ({ status }) => status?.name === 'a')
    await tenant.ready('a')
    expect([...made.tags].sort()).toEqual(['theirs'])
    expect(made.properties).toMatchObject({ theirs: 'x' })
    expect(made.properties).not.toHaveProperty('kept')
    // Absent means not ours: it is not set back either.
    expect(made.min_disk).toBe(2)
    expect(tenant.inCloud('a')).toHaveLength(1)
  })

  it('is disabled and enabled without a word to Glance', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url)
    await tenant.ready('a')
    const before = tenant.writes()
    await tenant.applyHttp('a', url, { enablement: 'Disabled' })
    expect((await tenant.ready('a')).status?.enablement).toBe('Disabled')
    await tenant.applyHttp('a', url, { enablement: 'Enabled' })
    expect((await tenant.ready('a')).status?.enablement).toBe('Enabled')
    expect(tenant.writes()).toBe(before)
    expect(tenant.theImage('a').status).toBe('active')
  })

  it('that is protected stays, and says what to do; unprotected by spec it goes', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url, { protection: 'Protected' })
    await tenant.ready('a')
    await tenant.delete('a')
    const { message } = await tenant.reason('a', 'ImageProtected')
    expect(message).toBe('the image is protected in Glance; set protection: Unprotected, or deletionPolicy: Retain')
    expect(tenant.theImage('a').status).toBe('active')
    await tenant.applyHttp('a', url, { protection: 'Unprotected' })
    await tenant.gone('a')
    expect(tenant.inCloud('a')).toEqual([])
  })

  it('is kept by deletionPolicy Retain, also when that is set while the object is going', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url, { deletionPolicy: 'Retain' })
    await tenant.applyHttp('b', url, { protection: 'Protected' })
    await Promise.all([tenant.ready('a'), tenant.ready('b')])
    await tenant.remove('a')
    await tenant.delete('b')
    await tenant.reason('b', 'ImageProtected')
    await tenant.applyHttp('b', url, { protection: 'Protected', deletionPolicy: 'Retain' })
    await tenant.gone('b')
    expect([tenant.theImage('a').status, tenant.theImage('b').status]).toEqual(['active', 'active'])
  })

  it('that is no longer managed is neither changed nor deleted', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url)
    await tenant.ready('a')
    await tenant.applyHttp('a', url, { managementPolicy: 'Unmanaged', tags: ['new'] })
    await tenant.ready('a')
    expect(tenant.theImage('a').tags).toEqual([])
    await tenant.remove('a')
    expect(tenant.theImage('a').status).toBe('active')
  })

  it('that somebody deactivated stays so, and heals when it is activated again', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', tenant.publish('a.raw', bytes()))
    await tenant.ready('a')
    const made = tenant.theImage('a')
    made.status = 'deactivated'
    tenant.cloud.images.saved(made)
    await tenant.annotate('a', { 'vdi.auxo.dev/refresh': '1' })
    await tenant.reason('a', 'ImageDeactivated')
    expect(conditionOf(await tenant.existing('a'), 'Deactivated')?.status).toBe('True')
    expect(made.status).toBe('deactivated')
    made.status = 'active'
    tenant.cloud.images.saved(made)
    await tenant.annotate('a', { 'vdi.auxo.dev/refresh': '2' })
    await tenant.ready('a')
    expect(conditionOf(await tenant.existing('a'), 'Deactivated')).toBeUndefined()
  })

  it('that somebody deleted is made again under the id of the next attempt', async () => {
    const tenant = await stage.tenant()
    const content = bytes()
    await tenant.applyHttp('a', tenant.publish('a.raw', content))
    const first = (await tenant.ready('a')).status
    tenant.cloud.images.remove(tenant.theImage('a'))
    await tenant.annotate('a', { 'vdi.auxo.dev/refresh': '1' })
    await tenant.when('a', ({ status }) => status?.attempt === 2)
    const second = (await tenant.ready('a')).status
    expect(second?.id).not.toBe(first?.id)
    expect(tenant.theImage('a')).toMatchObject({ id: second?.id, contentSha256: sha256(content) })
  })
})

describe('memory that is lost', () => {
  it('a status that was wiped is found again', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', tenant.publish('a.raw', bytes()), { tags: ['t'] })
    const before = (await tenant.ready('a')).status
    const writes = tenant.writes()
    await tenant.wipeStatus('a')
    const after = (await tenant.ready('a')).status
    expect(after?.id).toBe(before?.id)
    expect(tenant.writes()).toBe(writes)
    await tenant.remove('a')
    expect(tenant.inCloud('a')).toEqual([])
  })

  it('objects of a cluster that is built anew from Git adopt their images', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url)
    const before = (await tenant.ready('a')).status
    const writes = tenant.writes()
    await operator.stop()
    await tenant.vanish('a')
    await tenant.applyHttp('a', url)
    await operator.start()
    const after = (await tenant.ready('a')).status
    expect(after?.id).toBe(before?.id)
    expect(tenant.writes()).toBe(writes)
    expect(tenant.inCloud('a')).toHaveLength(1)
  })
})

describe('an object that is paused', () => {
  it('says so, nothing is done for it, and work goes on when the annotation is removed', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url, {}, { 'vdi.auxo.dev/paused': 'true' })
    await tenant.when('a', (image) => conditionOf(image, 'Paused')?.status === 'True')
    expect(tenant.inCloud('a')).toEqual([])
    expect(conditionOf(await tenant.existing('a'), 'Ready')?.status).toBe('Unknown')
    await tenant.annotate('a', { 'vdi.auxo.dev/paused': null })
    const { status } = await tenant.ready('a')
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready'])
  })
})
