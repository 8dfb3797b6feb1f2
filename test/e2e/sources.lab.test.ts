import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HTTP_SECRET_TYPE, UPLOAD_TICKET_ANNOTATION } from '../../api/v1alpha1/names.ts'
import { harnessDirectory } from '../../hack/lab/harness.ts'
import { startWww } from '../../hack/lab/www/www.ts'
import { configMapType, secretType } from '../../pkg/kube/core-types.ts'
import { makeTicket } from '../../pkg/transfer/ticket.ts'
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
const right = { algorithm: 'SHA512', value: digest('sha512', content) } as const

/** A tenant with an operator that works for it alone. */
async function scene(flags: Record<string, string> = {}): Promise<Tenant> {
  const tenant = await stage.tenant()
  await stage.operator({ 'watch-namespaces': tenant.namespace, 'lease-namespace': tenant.namespace, ...flags })
  return tenant
}

let shared: Promise<Tenant> | undefined
/** One tenant for tests whose images do not disturb each other. */
function tenantOfAll(): Promise<Tenant> {
  shared ??= scene()
  return shared
}

describe.concurrent('an upload', () => {
  it.for([{ mode: 'streamed' }, { mode: 'spooled' }])('by any tus client, $mode', async ({ mode }) => {
    const tenant = await scene(mode === 'spooled' ? { 'spool-dir': harnessDirectory('spool') } : {})
    await tenant.apply('a', { source: { type: 'Upload', upload: { size: '1Mi' } }, diskFormat: 'raw' })
    const { message } = await tenant.reason('a', 'AwaitingUpload')
    const command = `kubectl auxo image upload FILE --name a -n ${tenant.namespace}`
    expect(message).toBe(`waiting for the bytes; send them with: ${command}`)
    const { ticket, annotation } = makeTicket({ now: Date.now(), lifetimeSeconds: 60 })
    await tenant.annotate('a', { [UPLOAD_TICKET_ANNOTATION]: annotation })
    const { status } = await tenant.when('a', (image) => image.status?.upload !== undefined)
    const options = {
      endpoint: status?.upload?.url ?? '',
      chunkSize: 200_000,
      headers: { authorization: `Bearer ${ticket}` },
    }
    await new Promise<void>((resolve, reject) => {
      new Upload(content, { ...options, onSuccess: () => resolve(), onError: reject }).start()
    })
    const done = await tenant.ready('a')
    expect(tenant.theImage('a')).toMatchObject({ status: 'active', contentSha256: sha256(content) })
    expect(done.status).not.toHaveProperty('upload')
    await tenant.remove('a')
    expect(tenant.inCloud('a')).toEqual([])
  })

  it('without a ticket, or with a wrong one, is refused', async () => {
    const tenant = await tenantOfAll()
    await tenant.apply('locked', { source: { type: 'Upload' }, diskFormat: 'raw' })
    const { status } = await tenant.when('locked', (image) => image.status?.upload !== undefined)
    const answer = async (headers: Record<string, string>) => {
      const all = { 'tus-resumable': '1.0.0', 'upload-length': '10', ...headers }
      return (await fetch(status?.upload?.url ?? '', { method: 'POST', headers: all })).status
    }
    expect(await answer({})).toBe(401)
    expect(await answer({ authorization: `Bearer ${makeTicket({ now: 0, lifetimeSeconds: 1 }).ticket}` })).toBe(403)
    expect(tenant.theImage('locked').status).toBe('queued')
  })

  it('ends when the object is deleted, and leaves nothing', async () => {
    const tenant = await tenantOfAll()
    await tenant.apply('half', { source: { type: 'Upload' }, diskFormat: 'raw' })
    const client = await tenant.uploader('half')
    await client.create(content.length, 'disk.raw', AbortSignal.timeout(5000))
    await client.send(half(), 0, 300_000, AbortSignal.timeout(5000))
    await tenant.remove('half')
    expect(tenant.inCloud('half')).toEqual([])
    expect(await client.state(AbortSignal.timeout(5000))).toBe('None')
    await client.close()
  })
})

describe.concurrent('a download', () => {
  it('is unpacked, proved by the sum of what is published', async () => {
    const tenant = await tenantOfAll()
    const packed = gzipSync(content)
    const checksum = { algorithm: 'SHA256', value: sha256(packed) }
    await tenant.applyHttp('packed', tenant.publish('packed.gz', packed), { http: { decompress: 'Gzip', checksum } })
    await tenant.ready('packed')
    expect(tenant.theImage('packed').contentSha256).toBe(sha256(content))
  })

  it('goes on where the connection broke', async () => {
    const tenant = await tenantOfAll()
    const url = tenant.publish('cut', content)
    stage.www.fault(new URL(url).pathname, { cutAfter: 400_000, times: 1 })
    await tenant.applyHttp('cut', url, { http: { checksum: right } })
    await tenant.ready('cut')
    const asked = stage.www.requests.filter(({ path, method }) => method === 'GET' && url.endsWith(path))
    expect(asked.at(-1)).toMatchObject({ status: 206 })
    expect(tenant.theImage('cut').contentSha256).toBe(sha256(content))
  })

  it('waits for its Secret and its certificates', async () => {
    const tenant = await tenantOfAll()
    const secure = await startWww({ tls: true })
    try {
      const url = secure.put('/a', content)
      secure.fault('/a', { basic: { user: 'u', password: 'p' } })
      const http = { secretRef: { name: 'login' }, caRef: { name: 'authority' } }
      await tenant.applyHttp('secret', url, { http })
      const { message } = await tenant.reason('secret', 'SecretMissing')
      expect(message).toBe('there is no Secret "login" for the URL in this namespace; make it')
      const metadata = (name: string) => ({ namespace: tenant.namespace, name })
      const data = { username: base64('u'), password: base64('p') }
      await stage.client.create(configMapType, { metadata: metadata('authority'), data: { 'ca.crt': secure.ca ?? '' } })
      await stage.client.create(secretType, { metadata: metadata('login'), type: HTTP_SECRET_TYPE, data })
      await tenant.ready('secret')
    } finally {
      await secure.stop()
    }
  })
})

describe.concurrent("Glance's own download", () => {
  it('is hidden and private until it is proved', async () => {
    const tenant = await scene()
    const states: string[] = []
    const url = tenant.publish('own', content)
    stage.www.fault(new URL(url).pathname, { latencyMs: 500, times: 1 })
    await tenant.applyHttp('own', url, { http: { via: 'Glance', checksum: right }, visibility: 'Community' })
    const made = await eventually('Glance downloads', () => {
      const image = tenant.theImage('own')
      return image.status === 'importing' && image
    })
    states.push(`${made.visibility} ${made.os_hidden}`)
    await tenant.ready('own')
    states.push(`${made.visibility} ${made.os_hidden}`)
    expect(states).toEqual(['private true', 'community false'])
    expect(made).toMatchObject({ status: 'active', contentSha256: sha256(content) })
    expect(Object.keys(made.properties)).not.toContain('auxo_unchecked')
  })

  it('that fails says what Glance says, and is no loop', async () => {
    const tenant = await scene()
    await tenant.applyHttp('missing', `${stage.www.url}/nowhere`, { http: { via: 'Glance' } })
    const { message } = await tenant.reason('missing', 'ImportFailed')
    expect(message).toMatch(/^Glance could not download the image: .+; check that the cloud can reach the URL/)
    expect(tenant.cloud.requests.count({ method: 'POST', path: /\/import$/ })).toBe(1)
    await tenant.remove('missing')
    expect(tenant.inCloud('missing')).toEqual([])
  })

  it('that the cloud does not allow says so, and heals when it does', async () => {
    const tenant = await scene()
    tenant.cloud.glance.imports.allows = () => false
    await tenant.applyHttp('refused', tenant.publish('refused', content), { http: { via: 'Glance' } })
    const { message } = await tenant.reason('refused', 'ImportUnavailable')
    expect(message).toMatch(/^Glance refuses to import the data itself: .*does not pass filtering/)
    tenant.cloud.glance.imports.allows = () => true
    await tenant.annotate('refused', { 'vdi.auxo.dev/refresh': '1' })
    await tenant.ready('refused')
  })

  it('cannot be proved by a checksum of another algorithm than the cloud’s', async () => {
    const tenant = await scene()
    const checksum = { algorithm: 'SHA256', value: sha256(content) }
    await tenant.applyHttp('other', tenant.publish('other', content), { http: { via: 'Glance', checksum } })
    const { message } = await tenant.reason('other', 'ChecksumUnprovable')
    expect(message).toMatch(/^the cloud hashes with sha512, which cannot prove a SHA256 checksum; use via: Operator/)
    expect(tenant.theImage('other')).toMatchObject({ visibility: 'private', os_hidden: true })
    await tenant.remove('other')
    expect(tenant.inCloud('other')).toEqual([])
  })

  it('with the wrong sum is never shown, and both values are told', async () => {
    const tenant = await scene()
    const wrong = { algorithm: 'SHA512', value: 'ab'.repeat(64) }
    await tenant.applyHttp('wrong', tenant.publish('wrong', content), { http: { via: 'Glance', checksum: wrong } })
    const { message } = await tenant.reason('wrong', 'ChecksumMismatch')
    expect(message).toContain(wrong.value)
    expect(message).toContain(right.value)
    expect(tenant.inCloud('wrong').filter((image) => !image.os_hidden || image.visibility !== 'private')).toEqual([])
    expect(tenant.cloud.requests.count({ method: 'POST', path: /\/import$/ })).toBe(1)
    await tenant.remove('wrong')
    expect(tenant.inCloud('wrong')).toEqual([])
  })
})

async function* half(): AsyncGenerator<Buffer> {
  yield content.subarray(0, 300_000)
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
