import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { Agent, type Dispatcher, request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../../test/support/eventually.ts'
import { chunksOf, digestOf } from './content.ts'
import { parseRange } from './range.ts'
import { startWww, type Www } from './www.ts'

const LETTERS = Buffer.from('abcdefghij')

let www: Www
let dispatcher: Agent

beforeEach(async () => {
  www = await startWww()
  dispatcher = new Agent()
})

afterEach(async () => {
  await dispatcher.destroy()
  await www.stop()
})

type Headers = Record<string, string>

/** A request, its answer and its body: what came of it, and the code of the error that ended it. */
async function fetchBody(url: string, headers: Headers = {}, options: Partial<Dispatcher.RequestOptions> = {}) {
  const answer = await request(url, { dispatcher, headers, ...options })
  const parts: Uint8Array[] = []
  let error: string | undefined
  try {
    for await (const part of answer.body) parts.push(part as Uint8Array)
  } catch (cause) {
    error = (cause as { code?: string }).code
  }
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts), error }
}

describe('contents', () => {
  it('are the same wherever reading starts', () => {
    const content = { size: 200_000, seed: 7 }
    const whole = Buffer.concat([...chunksOf(content)])
    for (const [start, end] of [
      [0, 1],
      [17, 40],
      [65_535, 65_537],
      [131_000, 200_000],
    ] as const) {
      expect(Buffer.concat([...chunksOf(content, start, end)])).toEqual(whole.subarray(start, end))
    }
    expect(digestOf(content, 'sha256')).toBe(createHash('sha256').update(whole).digest('hex'))
    expect(digestOf({ size: 200_000, seed: 8 }, 'sha256')).not.toBe(digestOf(content, 'sha256'))
  })

  it('are generated while they are sent, not held', async () => {
    const url = www.put('/large', { size: 200 * 2 ** 30, seed: 1 })
    const { headers, body } = await fetchBody(url, { range: `bytes=${100 * 2 ** 30}-${100 * 2 ** 30 + 9}` })
    expect(headers['content-range']).toBe('bytes 107374182400-107374182409/214748364800')
    expect(body).toHaveLength(10)
  })
})

describe('ranges', () => {
  it.each([
    ['bytes=2-4', { start: 2, end: 5 }],
    ['bytes=8-', { start: 8, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-30', { start: 0, end: 10 }],
    ['bytes=5-99', { start: 5, end: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=4-2', undefined],
    ['bytes=0-1,3-4', undefined],
    ['lines=1-2', undefined],
    [undefined, undefined],
  ])('reads %s', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected)
  })

  it('are served, or refused with the size', async () => {
    const url = www.put('/file', LETTERS)
    const part = await fetchBody(url, { range: 'bytes=3-5' })
    expect([part.status, part.headers['content-range'], `${part.body}`]).toEqual([206, 'bytes 3-5/10', 'def'])
    const none = await fetchBody(url, { range: 'bytes=10-' })
    expect([none.status, none.headers['content-range']]).toEqual([416, 'bytes */10'])
  })

  it('give the whole file when If-Range no longer matches', async () => {
    const url = www.put('/file', LETTERS)
    const { etag, 'last-modified': modified } = (await fetchBody(url)).headers as Headers
    const ask = async (validator = '') => (await fetchBody(url, { range: 'bytes=5-', 'if-range': validator })).status
    expect([await ask(etag), await ask(modified)]).toEqual([206, 206])
    www.put('/file', LETTERS)
    expect([await ask(etag), await ask(modified)]).toEqual([200, 200])
    www.fault('/file', { ignoreIfRange: true })
    expect(await ask(etag)).toBe(206)
  })

  it('can be missing, as can validators', async () => {
    const url = www.put('/file', LETTERS)
    www.fault('/file', { noRanges: true, noValidators: true })
    const { status, headers } = await fetchBody(url, { range: 'bytes=5-' })
    expect([status, headers['accept-ranges'], headers['etag'], headers['last-modified']]).toEqual([200, ...Array(3)])
  })

  it('answers HEAD without a body', async () => {
    const { status, headers, body } = await fetchBody(www.put('/file', LETTERS), {}, { method: 'HEAD' })
    expect([status, headers['content-length'], body.length]).toEqual([200, '10', 0])
  })
})

describe('faults', () => {
  it('apply for as many requests as they say, one after the other', async () => {
    const url = www.put('/file', LETTERS)
    www.fault('/file', { status: 500, times: 2 })
    www.fault('/file', { status: 429, retryAfter: 3, times: 1 })
    const statuses = []
    for (let index = 0; index < 4; index++) statuses.push((await fetchBody(url)).status)
    expect(statuses).toEqual([500, 500, 429, 200])
    www.fault('/file', { status: 404 })
    www.fault('/file', undefined)
    expect((await fetchBody(url)).status).toBe(200)
  })

  it('leave out the length', async () => {
    const url = www.put('/file', LETTERS)
    www.fault('/file', { noLength: true })
    const { headers, body } = await fetchBody(url)
    expect([headers['content-length'], headers['transfer-encoding'], `${body}`]).toEqual([
      undefined,
      'chunked',
      'abcdefghij',
    ])
  })

  it('announce more than comes, or less', async () => {
    const url = www.put('/file', LETTERS)
    www.fault('/file', { lengthOff: 5, times: 1 })
    www.fault('/file', { lengthOff: -4, times: 1 })
    const more = await fetchBody(url)
    expect([more.headers['content-length'], `${more.body}`, more.error]).toEqual([
      '15',
      'abcdefghij',
      'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    ])
    expect((await fetchBody(url, {}, { method: 'HEAD' })).headers['content-length']).toBe('6')
  })

  it('break the connection after a number of bytes', async () => {
    const url = www.put('/file', { size: 1 << 20, seed: 3 })
    www.fault('/file', { cutAfter: 100_000, times: 1 })
    const { body, error } = await fetchBody(url)
    expect([body.length, error]).toEqual([100_000, 'ECONNRESET'])
    expect(www.requests.map(({ status, bytes }) => [status, bytes])).toEqual([[200, 100_000]])
    const rest = await fetchBody(url, { range: 'bytes=100000-' })
    const whole = Buffer.concat([body, rest.body])
    expect(createHash('sha256').update(whole).digest('hex')).toBe(digestOf({ size: 1 << 20, seed: 3 }, 'sha256'))
  })

  it('stop sending and keep the connection open', async () => {
    const url = www.put('/file', LETTERS)
    www.fault('/file', { stallAfter: 4 })
    const { body, error } = await fetchBody(url, {}, { bodyTimeout: 200 } as Partial<Dispatcher.RequestOptions>)
    expect([`${body}`, error]).toEqual(['abcd', 'UND_ERR_BODY_TIMEOUT'])
  })

  it('send slowly', async () => {
    const url = www.put('/file', { size: 20_000, seed: 1 })
    www.fault('/file', { bytesPerSecond: 100_000 })
    const started = performance.now()
    expect((await fetchBody(url)).body).toHaveLength(20_000)
    expect(performance.now() - started).toBeGreaterThan(150)
  })

  it('never end, until the client goes away', async () => {
    const url = www.put('/file', LETTERS)
    www.fault('/file', { endless: true })
    const { headers, body } = await request(url, { dispatcher })
    expect(headers['content-length']).toBeUndefined()
    let received = 0
    for await (const part of body) {
      received += (part as Uint8Array).length
      if (received > 1_000_000) break
    }
    const sent = await eventually('the server stops', () => {
      const before = www.requests[0]?.bytes
      return new Promise<number | false>((resolve) =>
        setTimeout(() => resolve(www.requests[0]?.bytes === before && (before ?? 0)), 50),
      )
    })
    expect(sent).toBeGreaterThan(1_000_000)
  })

  it('redirect, ask for a password, show a page, compress', async () => {
    const url = www.put('/file', LETTERS)
    www.fault('/moved', { redirect: '/file' })
    expect((await fetchBody(`${www.url}/moved`)).headers['location']).toBe('/file')

    www.fault('/file', { basic: { user: 'u', password: 'p' }, times: 2 })
    expect((await fetchBody(url)).status).toBe(401)
    expect((await fetchBody(url, { authorization: `Basic ${Buffer.from('u:p').toString('base64')}` })).status).toBe(200)

    www.fault('/file', { directoryPage: true, times: 1 })
    const page = await fetchBody(url)
    expect([page.headers['content-type'], `${page.body}`]).toEqual([
      'text/html',
      expect.stringContaining('Index of /file'),
    ])

    www.fault('/file', { gzip: true, times: 1 })
    const packed = await fetchBody(url)
    expect([packed.headers['content-encoding'], `${gunzipSync(packed.body)}`]).toEqual(['gzip', 'abcdefghij'])
    expect((await fetchBody(`${www.url}/nothing`)).status).toBe(404)
  })
})

describe('a server with TLS', () => {
  it('is trusted through its own authority only', async () => {
    const secure = await startWww({ tls: true })
    const url = secure.put('/file', LETTERS)
    const trusting = new Agent({ connect: { ca: secure.ca as string } })
    try {
      expect(`${(await fetchBody(url, {}, { dispatcher: trusting } as Partial<Dispatcher.RequestOptions>)).body}`).toBe(
        'abcdefghij',
      )
      await expect(fetchBody(url)).rejects.toThrow(/certificate|signed/)
    } finally {
      await trusting.destroy()
      await secure.stop()
    }
  })
})
