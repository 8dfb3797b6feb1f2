import { createHash } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { Conduit } from './conduit.ts'
import { Spool } from './spool.ts'
import { failure, hexDigest, sampleBytes } from './testing/fakes.ts'
import { annotation, replica as makeReplica, type ReplicaOptions, ticket } from './testing/replica.ts'
import { makeTicket } from './ticket.ts'
import type { NotReady } from './upload-directory.ts'
import { UploadSession } from './upload-session.ts'

const bytes = sampleBytes(300_000)
const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function replica(options: ReplicaOptions = {}) {
  const made = await makeReplica(options)
  endings.push(async () => {
    await made.close()
    expect(made.world.errors).toEqual([])
  })
  return made
}

const agent = new Agent({ pipelining: 0, keepAliveTimeout: 1 })

async function call(url: string, method: string, headers: Record<string, string | number> = {}, body?: Uint8Array) {
  const response = await request(url, {
    dispatcher: agent,
    method: method as 'GET',
    headers: {
      'tus-resumable': '1.0.0',
      authorization: `Bearer ${ticket}`,
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    },
    body: body ?? null,
  })
  const text = await response.body.text()
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    json: text === '' ? undefined : JSON.parse(text),
  }
}

const OFFSET_STREAM = { 'content-type': 'application/offset+octet-stream' }
const patch = (url: string, offset: number, body: Uint8Array, headers: Record<string, string | number> = {}) =>
  call(url, 'PATCH', { ...OFFSET_STREAM, 'upload-offset': offset, ...headers }, body)

test('an upload may send less than the object accepts, but not more', async () => {
  const session = new UploadSession({ name: 'desktops/office', store: new Conduit({}), maxBytes: 1_000 })
  endings.push(() => session.close())
  await expect(session.begin(1_001)).rejects.toMatchObject({ status: 413, code: 'TooLarge' })
  await session.begin(999)
  expect(session.length).toBe(999)
})

describe.each([
  ['streaming', false],
  ['spooling', true],
])('%s: a client', (_, spool) => {
  test('learns what is possible', async () => {
    const { base } = await replica({ spool })
    const answer = await call(`${base}/uploads/`, 'OPTIONS')
    expect(answer.status).toBe(204)
    expect(answer.headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-extension': 'creation,creation-with-upload,checksum,expiration,termination',
      'tus-checksum-algorithm': 'sha1,sha256,sha512',
      'tus-max-size': '1000000000',
    })
  })

  test('begins, sends in pieces, asks how far it is, and the image gets the bytes', async () => {
    const { url, start, sink, settled } = await replica({ spool })
    expect(await call(url, 'HEAD')).toMatchObject({ status: 404 })
    const created = await call(url, 'POST', { 'upload-length': bytes.length, 'upload-metadata': 'filename dzExCg==' })
    expect(created).toMatchObject({ status: 201, headers: { 'upload-offset': '0' } })
    expect(new URL(`${created.headers['location']}`, url).href).toBe(url)
    expect(new Date(`${created.headers['upload-expires']}`).getTime()).toBeGreaterThan(Date.now())
    start()
    expect(await patch(url, 0, bytes.subarray(0, 100_000))).toMatchObject({
      status: 204,
      headers: { 'upload-offset': '100000', 'tus-resumable': '1.0.0' },
    })
    expect(await call(url, 'HEAD')).toMatchObject({
      status: 200,
      headers: { 'upload-offset': '100000', 'upload-length': '300000', 'cache-control': 'no-store' },
    })
    expect(await patch(url, 100_000, bytes.subarray(100_000))).toMatchObject({ status: 204 })
    expect(await settled()).toMatchObject({ state: 'Succeeded', digests: { SHA512: hexDigest('sha512', bytes) } })
    expect(sink.got(bytes)).toBe(true)
    expect(await patch(url, 300_000, Buffer.alloc(0))).toMatchObject({
      status: 409,
      json: { reason: 'UploadComplete' },
    })
    expect(await call(url, 'POST', { 'upload-length': 5 })).toMatchObject({ status: 409 })
  })

  test('sends the first bytes with the creation', async () => {
    const { url, start, sink, settled } = await replica({ spool })
    start()
    const headers = { 'upload-length': bytes.length, ...OFFSET_STREAM }
    expect(await call(url, 'POST', headers, bytes.subarray(0, 1_000))).toMatchObject({
      status: 201,
      headers: { 'upload-offset': '1000' },
    })
    await patch(url, 1_000, bytes.subarray(1_000))
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })

  test('needs no creation where the spec says the size', async () => {
    const { url, start, sink, settled } = await replica({ spool, size: bytes.length })
    expect(await call(url, 'HEAD')).toMatchObject({
      status: 200,
      headers: { 'upload-offset': '0', 'upload-length': '300000' },
    })
    start()
    await patch(url, 0, bytes)
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })

  test('that goes away in the middle keeps what arrived', async () => {
    const { url, start, session, sink, settled, place } = await replica({ spool, size: bytes.length })
    start()
    const left = new AbortController()
    async function* half() {
      yield bytes.subarray(0, 150_000)
      const arrived = async () => (spool ? (await stat(join(place, 'uid-1.data'))).size : session.offset) === 150_000
      await eventually('arrival', arrived)
      left.abort()
      await new Promise(() => {})
    }
    const headers = {
      'tus-resumable': '1.0.0',
      authorization: `Bearer ${ticket}`,
      'upload-offset': '0',
      ...OFFSET_STREAM,
    }
    await expect(
      request(url, { dispatcher: agent, method: 'PATCH', headers, body: Readable.from(half()), signal: left.signal }),
    ).rejects.toThrow()
    const { headers: told } = await eventually('the bytes to count', async () => {
      const answer = await call(url, 'HEAD')
      return Number(answer.headers['upload-offset']) > 0 && answer
    })
    const offset = Number(told['upload-offset'])
    expect(offset).toBeLessThanOrEqual(150_000)
    const rest = await eventually('the lock to be free', async () => {
      const answer = await patch(url, offset, bytes.subarray(offset))
      return answer.status === 204 ? answer : undefined
    })
    expect(rest.headers['upload-offset']).toBe('300000')
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })

  test('with a checksum: only right bytes count', async () => {
    const { url, start, sink, settled } = await replica({ spool, size: bytes.length })
    start()
    const first = bytes.subarray(0, 100_000)
    const sum = (algorithm: string, of: Uint8Array) => ({
      'upload-checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`,
    })
    expect(await patch(url, 0, first, sum('sha1', bytes))).toMatchObject({ status: 460 })
    expect(await call(url, 'HEAD')).toMatchObject({ headers: { 'upload-offset': '0' } })
    expect(await patch(url, 0, first, sum('sha1', first))).toMatchObject({ status: 204 })
    expect(await patch(url, 100_000, bytes, { 'upload-checksum': 'crc32 AAAA' })).toMatchObject({ status: 400 })
    const rest = bytes.subarray(100_000)
    expect(await patch(url, 100_000, rest, sum('sha512', rest))).toMatchObject({ status: 204 })
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })

  test('that begins anew replaces what it sent', async () => {
    const { url, start, sink, settled } = await replica({ spool })
    start()
    await call(url, 'POST', { 'upload-length': 200_000, ...OFFSET_STREAM }, Buffer.alloc(50_000))
    expect(await call(url, 'POST', { 'upload-length': bytes.length })).toMatchObject({ status: 201 })
    expect(await call(url, 'HEAD')).toMatchObject({ headers: { 'upload-offset': '0', 'upload-length': '300000' } })
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 204 })
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })

  test('gives up its upload', async () => {
    const { url, start, session } = await replica({ spool })
    start()
    await call(url, 'POST', { 'upload-length': 200_000, ...OFFSET_STREAM }, Buffer.alloc(50_000))
    expect(await call(url, 'DELETE')).toMatchObject({ status: 204 })
    expect(session).toMatchObject({ offset: 0, ready: false })
  })

  test('is told when its content is refused, and may begin anew', async () => {
    const { url, start, sink, settled, session } = await replica({ spool })
    start({ format: 'qcow2' })
    await call(url, 'POST', { 'upload-length': bytes.length })
    const answer = await patch(url, 0, bytes)
    expect((await settled()).failure).toMatchObject({ code: 'FormatMismatch' })
    if (!spool) expect(answer).toMatchObject({ status: 422, json: { reason: 'FormatMismatch' } })
    expect(await patch(url, session.offset, Buffer.from('x'))).toMatchObject({
      status: 422,
      json: { reason: 'FormatMismatch', message: expect.stringContaining('said to be qcow2 but is raw') },
    })
    expect(await call(url, 'HEAD')).toMatchObject({ status: 410 })
    let woken = 0
    session.subscribe(() => woken++)
    expect(await call(url, 'POST', { 'upload-length': bytes.length })).toMatchObject({ status: 201 })
    expect(woken).toBe(1)
    start({ format: 'raw' })
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 204 })
    expect(await settled()).toMatchObject({ state: 'Succeeded' })
    expect(sink.got(bytes)).toBe(true)
  })

  test.each([
    ['no version', 'HEAD', { 'tus-resumable': '' }, 412, 'UnsupportedVersion'],
    ['another version', 'PATCH', { 'tus-resumable': '0.2.2' }, 412, 'UnsupportedVersion'],
    ['no length', 'POST', {}, 400, 'InvalidLength'],
    ['a deferred length', 'POST', { 'upload-defer-length': 1 }, 400, 'InvalidLength'],
    ['another size than the spec', 'POST', { 'upload-length': 5 }, 400, 'SizeMismatch'],
    ['too large', 'POST', { 'upload-length': 2_000_000_000 }, 413, 'TooLarge'],
    ['broken metadata', 'POST', { 'upload-length': 300_000, 'upload-metadata': 'a b c' }, 400, 'InvalidMetadata'],
    ['no body type', 'PATCH', { 'upload-offset': 0 }, 415, 'UnsupportedMediaType'],
    ['no offset', 'PATCH', OFFSET_STREAM, 400, 'InvalidOffset'],
    ['another offset', 'PATCH', { ...OFFSET_STREAM, 'upload-offset': 7 }, 409, 'OffsetMismatch'],
    ['GET', 'GET', {}, 405, 'MethodNotAllowed'],
  ])('is refused for %s', async (_what, method, headers, status, reason) => {
    const { url } = await replica({ spool, size: bytes.length })
    const answer = await call(url, method, headers)
    expect(answer.status).toBe(status)
    if (method !== 'HEAD') expect(answer.json).toMatchObject({ reason, message: expect.any(String) })
    if (status === 412) expect(answer.headers).toMatchObject({ 'tus-version': '1.0.0' })
  })

  test('is refused for too many bytes, whether it announces them or not', async () => {
    const { url, start } = await replica({ spool, size: 200_000 })
    start()
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 413, json: { reason: 'TooManyBytes' } })
    const headers = {
      'tus-resumable': '1.0.0',
      authorization: `Bearer ${ticket}`,
      'upload-offset': '0',
      ...OFFSET_STREAM,
    }
    async function* unannounced() {
      for (let i = 0; i < 3; i++) yield bytes.subarray(i * 100_000, (i + 1) * 100_000)
    }
    const answer = await request(url, {
      dispatcher: agent,
      method: 'PATCH',
      headers,
      body: Readable.from(unannounced()),
    })
    await answer.body.dump()
    expect(answer.statusCode).toBe(413)
  })

  test('may say its method in a header', async () => {
    const { url } = await replica({ spool, size: bytes.length })
    expect(await call(url, 'POST', { 'x-http-method-override': 'HEAD' })).toMatchObject({
      status: 200,
      headers: { 'upload-offset': '0' },
    })
  })

  test('of two that send at once, one has to wait', async () => {
    const { url, start, session } = await replica({ spool, size: bytes.length })
    start()
    const go = Promise.withResolvers<void>()
    async function* slowly() {
      yield bytes.subarray(0, 1_000)
      await go.promise
      yield bytes.subarray(1_000)
    }
    const headers = {
      'tus-resumable': '1.0.0',
      authorization: `Bearer ${ticket}`,
      'upload-offset': '0',
      ...OFFSET_STREAM,
    }
    const first = request(url, { dispatcher: agent, method: 'PATCH', headers, body: Readable.from(slowly()) })
    await eventually('the first one', () => session.ready)
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 423, headers: { 'retry-after': '2' } })
    go.resolve()
    const { statusCode, body } = await first
    await body.dump()
    expect(statusCode).toBe(204)
  })
})

describe('tickets', () => {
  test('are wanted, of this object, and in time', async () => {
    const { url, base, world } = await replica({ size: 5 })
    expect(await call(url, 'PATCH', { authorization: '' })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="upload"' },
    })
    const other = makeTicket({ now: Date.now(), lifetimeSeconds: 60 })
    expect(await call(url, 'PATCH', { authorization: `Bearer ${other.ticket}` })).toMatchObject({
      status: 403,
      json: { reason: 'TicketRefused' },
    })
    expect(await call(`${base}/uploads/desktops/other`, 'PATCH')).toMatchObject({ status: 404 })
    expect(await call(`${base}/uploads/../secrets/x`, 'PATCH')).toMatchObject({ status: 404 })
    const old = makeTicket({ now: Date.now() - 61_000, lifetimeSeconds: 60 })
    world.target = { session: failureless(), ticket: old.annotation }
    expect(await call(url, 'PATCH', { authorization: `Bearer ${old.ticket}` })).toMatchObject({
      status: 403,
      json: { reason: 'TicketExpired' },
    })
  })

  test('are taken from Upload-Ticket too', async () => {
    const { url } = await replica({ size: 5 })
    expect(await call(url, 'HEAD', { authorization: '', 'upload-ticket': ticket })).toMatchObject({ status: 200 })
  })

  test('that are newer than the cache are found; guessing asks once a second', async () => {
    const { url, world } = await replica({ size: 5 })
    world.fresh = world.target
    world.target = undefined
    expect(await call(url, 'HEAD')).toMatchObject({ status: 200 })
    for (let guess = 0; guess < 5; guess++) await call(url, 'HEAD', { authorization: 'Bearer guess' })
    expect(world.finds.filter((fresh) => fresh).length).toBeLessThanOrEqual(2)
  })

  const failureless = (): NotReady => ({ status: 423, reason: 'CloudNotReady', message: 'wait', retryAfterSeconds: 9 })
  test('of an object that takes no bytes now get its reason', async () => {
    const { url, world } = await replica({ size: 5 })
    world.target = { ticket: annotation, session: failureless() }
    expect(await call(url, 'PATCH')).toMatchObject({
      status: 423,
      headers: { 'retry-after': '9' },
      json: { reason: 'CloudNotReady', message: 'wait' },
    })
  })
})

describe('without a spool', () => {
  test('a sink that loses the bytes sends the client back to the beginning, with the reason', async () => {
    const { url, start, sink, settled } = await replica({ size: bytes.length })
    sink.failures = [{ after: 100_000, failure: failure('Unavailable') }]
    start()
    expect(await patch(url, 0, bytes)).toMatchObject({
      status: 409,
      json: { reason: 'UploadReset', message: 'it is Unavailable; send it again from byte 0' },
    })
    expect(await call(url, 'HEAD')).toMatchObject({
      headers: { 'upload-offset': '0', 'upload-reset-reason': 'it is Unavailable' },
    })
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 204 })
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })

  test('the last answer waits for the cloud, and tells of its failure', async () => {
    const { url, start, sink } = await replica({ size: bytes.length })
    sink.failures = [{ after: 1_000_000, failure: failure('Quota', 'CloudFull') }]
    start()
    expect(await patch(url, 0, bytes)).toMatchObject({
      status: 409,
      json: { message: expect.stringContaining('Quota') },
    })
  })

  test('nothing is taken while nobody reads', async () => {
    const { url } = await replica({ size: bytes.length })
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 503, json: { reason: 'NobodyReads' } })
  })
})

describe('with a spool', () => {
  test('bytes come without a cloud, and reach it later', async () => {
    const { url, start, settled, sink } = await replica({ spool: true, size: bytes.length })
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 204 })
    sink.failures = [{ after: 100_000, failure: failure('Unavailable') }]
    start()
    await settled()
    expect(sink.writes).toBe(2)
    expect(sink.got(bytes)).toBe(true)
  })

  test('bytes survive a restart of the operator', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'spool-'))
    endings.push(() => rm(directory, { recursive: true }))
    const before = await replica({ spool: true, directory })
    await call(before.url, 'POST', { 'upload-length': bytes.length })
    await patch(before.url, 0, bytes.subarray(0, 120_000))
    await before.close()
    const { url, session, start, settled, sink } = await replica({ spool: true, directory })
    expect(session).toMatchObject({ offset: 120_000, length: bytes.length, ready: true })
    start()
    expect(await call(url, 'HEAD')).toMatchObject({ headers: { 'upload-offset': '120000' } })
    await patch(url, 120_000, bytes.subarray(120_000))
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })

  test('an upload that does not fit is refused at once', async () => {
    const place = await mkdtemp(join(tmpdir(), 'spool-'))
    endings.push(() => rm(place, { recursive: true }))
    const spool = await Spool.open({ directory: place, reserveBytes: Number.MAX_SAFE_INTEGER })
    const file = await spool.file('uid-1', 'x')
    await expect(file.begin(5)).rejects.toMatchObject({ status: 507, class: 'Quota', code: 'SpoolFull' })
    await file.close()
  })
})

describe('two replicas', () => {
  let owner: Awaited<ReturnType<typeof replica>>
  let other: Awaited<ReturnType<typeof replica>>
  beforeEach(async () => {
    owner = await replica({ size: bytes.length })
    other = await replica()
    other.world.place = { url: owner.base }
  })

  test('take bytes for each other, both ways streaming', async () => {
    owner.start()
    expect(await call(other.url, 'HEAD')).toMatchObject({ status: 200, headers: { 'upload-length': '300000' } })
    expect(await patch(other.url, 0, bytes.subarray(0, 100_000))).toMatchObject({ status: 204 })
    expect(await patch(other.url, 0, bytes)).toMatchObject({ status: 409, json: { reason: 'OffsetMismatch' } })
    expect(await patch(other.url, 100_000, bytes.subarray(100_000))).toMatchObject({ status: 204 })
    await owner.settled()
    expect(owner.sink.got(bytes)).toBe(true)
    expect(other.world.finds).toEqual([])
  })

  test('let a client read a refusal while it is still sending', async () => {
    owner.start()
    const large = Buffer.alloc(30_000_000)
    for (const { url } of [owner, other]) {
      const body = Readable.from([large.subarray(0, 15_000_000), large.subarray(15_000_000)])
      const headers = {
        'tus-resumable': '1.0.0',
        authorization: `Bearer ${ticket}`,
        'upload-offset': '7',
        ...OFFSET_STREAM,
      }
      const answer = await request(url, { dispatcher: agent, method: 'PATCH', headers, body })
      expect(answer.statusCode).toBe(409)
      expect(await answer.body.json()).toMatchObject({ reason: 'OffsetMismatch' })
    }
  })

  test('never forward twice, and ask for patience while nobody owns it', async () => {
    owner.world.place = { url: other.base }
    expect(await call(other.url, 'HEAD')).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    owner.world.place = undefined
    expect(await call(owner.url, 'PATCH')).toMatchObject({ status: 503, json: { reason: 'NoOwner' } })
  })

  test('an owner that is gone is said to be', async () => {
    await owner.close()
    expect(await patch(other.url, 0, bytes)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
      json: { reason: 'OwnerUnreachable' },
    })
  })
})
