import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { harnessDirectory } from '../../hack/lab/harness.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import { digest, sha256, type Tenant } from './tenant.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.start()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const content = randomBytes(700_000)
const source = { type: 'Upload', upload: { via: 'Glance' } } as const

async function scene({ spooled = false } = {}) {
  const tenant = await stage.tenant()
  const own = { 'watch-namespaces': tenant.namespace, 'lease-namespace': tenant.namespace }
  const spool = spooled ? { 'spool-dir': harnessDirectory('spool') } : {}
  const operator = await stage.operator({ ...own, ...spool })
  const count = (method: string, path: RegExp) => tenant.cloud.requests.count({ method, path })
  return { tenant, operator, staged: () => count('PUT', /\/stage$/), imported: () => count('POST', /\/import$/) }
}

async function send(tenant: Tenant, bytes: Uint8Array = content): Promise<void> {
  const client = await tenant.uploader('a')
  await client.create(bytes.length, 'disk', AbortSignal.timeout(20_000))
  await client.send(pieces(bytes), 0, bytes.length, AbortSignal.timeout(20_000))
  await client.close()
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Buffer> {
  yield Buffer.from(bytes)
}

/** Keeps Glance from importing for a moment, and changes what lies in its staging area meanwhile. */
function tampered(tenant: Tenant, other: Buffer): void {
  tenant.cloud.faults.add({
    match: { method: 'POST', path: /\/import$/ },
    action: { type: 'Delay', milliseconds: 300 },
  })
  void eventually('all of it is staged', () => {
    const image = tenant.inCloud('a')[0]
    if (image?.properties['auxo_unchecked']?.length !== 128) return false
    image.staged = { size: other.length, content: other }
    return true
  })
}

/** An ISO as far as its mark goes. */
function iso(): Buffer {
  const bytes = Buffer.alloc(100_000)
  bytes.write('CD001', 32_769, 'latin1')
  return bytes
}

describe.concurrent('an upload by the staging area', () => {
  it('is hidden and private until it is proved', async () => {
    const { tenant, staged } = await scene()
    await tenant.apply('a', { source, diskFormat: 'raw', visibility: 'Community', protection: 'Protected' })
    const seen = new Set<string>()
    const look = setInterval(() => {
      for (const { status, visibility, os_hidden } of tenant.inCloud('a'))
        seen.add(`${status} ${visibility} ${os_hidden}`)
    }, 2)
    await send(tenant)
    await tenant.ready('a')
    clearInterval(look)
    const image = tenant.theImage('a')
    expect(image).toMatchObject({ status: 'active', contentSha256: sha256(content), protected: true })
    expect(Object.keys(image.properties)).not.toContain('auxo_unchecked')
    expect([...seen].filter((state) => !state.endsWith('private true'))).toEqual(['active community false'])
    expect([...seen]).toContain('importing private true')
    expect(staged()).toBe(1)
  })

  it('of other bytes than were sent is deleted, and both values are told', async () => {
    const { tenant } = await scene()
    await tenant.apply('a', { source, diskFormat: 'raw' })
    tampered(tenant, Buffer.from('something else'))
    await send(tenant)
    const { message } = await tenant.reason('a', 'ChecksumMismatch')
    expect(message).toContain(digest('sha512', content))
    expect(message).toContain(digest('sha512', Buffer.from('something else')))
    await tenant.reason('a', 'AwaitingUpload')
    await send(tenant)
    await tenant.ready('a')
    expect(tenant.theImage('a').contentSha256).toBe(sha256(content))
  })

  it('that Glance cannot import does not stay importing for good', async () => {
    const { tenant, imported } = await scene()
    await tenant.apply('a', { source, diskFormat: 'iso' })
    tampered(tenant, Buffer.from('no image'))
    await send(tenant, iso())
    const { message } = await tenant.reason('a', 'ImportFailed')
    expect(message).toMatch(/^Glance could not import what was sent: .*; the image is deleted and made anew/)
    expect(tenant.inCloud('a')).toEqual([])
    expect(imported()).toBe(1)
    await tenant.annotate('a', { 'vdi.auxo.dev/refresh': '1' })
    await tenant.reason('a', 'AwaitingUpload')
    await send(tenant, iso())
    await tenant.ready('a')
  })

  it('that the cloud does not offer takes no bytes, says so, and heals when it does', async () => {
    const { tenant, staged, imported } = await scene()
    const methods = tenant.cloud.glance.imports.methods
    tenant.cloud.glance.imports.methods = ['web-download']
    await tenant.apply('a', { source, diskFormat: 'raw' })
    const { message } = await tenant.reason('a', 'ImportUnavailable')
    expect(message).toBe('Glance does not offer glance-direct, but only web-download; use via: Operator in a new Image')
    expect([staged(), imported()]).toEqual([0, 0])
    // Whatever wakes it: the pause is kept.
    expect(tenant.cloud.requests.count({ method: 'GET', path: /\/info\/import$/ })).toBe(1)
    tenant.cloud.glance.imports.methods = methods
    await tenant.annotate('a', { 'vdi.auxo.dev/refresh': '1' })
    await send(tenant)
    await tenant.ready('a')
  })

  it('cannot be proved in a cloud that hashes otherwise', async () => {
    const { tenant, staged } = await scene()
    tenant.cloud.seed(1, () => ({ os_hash_algo: 'sha256' }))
    await tenant.apply('a', { source, diskFormat: 'raw' })
    const { message } = await tenant.reason('a', 'ChecksumUnprovable')
    expect(message).toMatch(/^the cloud hashes with sha256, which cannot prove a SHA512 checksum; use via: Operator/)
    expect(staged()).toBe(0)
    await tenant.remove('a')
    expect(tenant.inCloud('a')).toEqual([])
  })
})

describe.concurrent('killed while an upload goes by the staging area', () => {
  it.for([
    { name: 'before what was sent is on record', method: 'PATCH', path: /\/images\//, type: 'HangBefore', puts: 2 },
    { name: 'after what was sent is on record', method: 'PATCH', path: /\/images\//, type: 'HangAfter', puts: 1 },
    { name: 'before Glance is told to import', method: 'POST', path: /\/import$/, type: 'HangBefore', puts: 1 },
    { name: 'after Glance is told to import', method: 'POST', path: /\/import$/, type: 'HangAfter', puts: 1 },
  ] as const)('$name', { timeout: 60_000 }, async ({ method, path, type, puts }) => {
    const { tenant, operator, staged } = await scene({ spooled: true })
    const fault = tenant.cloud.faults.add({ match: { service: 'image', method, path }, action: { type } })
    await tenant.apply('a', { source, diskFormat: 'raw' })
    await send(tenant)
    await eventually('the request is kept', () => fault.hits > 0)
    await operator.kill()
    await operator.start()
    await tenant.ready('a')
    expect(tenant.theImage('a')).toMatchObject({ status: 'active', contentSha256: sha256(content), os_hidden: false })
    expect(staged()).toBe(puts)
    await tenant.remove('a')
    expect(tenant.inCloud('a')).toEqual([])
  })
})
