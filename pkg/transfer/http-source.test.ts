import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { AddressPolicy } from '../net/address-policy.ts'
import { HttpSource, type HttpSourceOptions } from './http-source.ts'
import { TEST_CERTIFICATE, TEST_KEY } from './testing/certificate.ts'
import { collect, MemorySink, sampleBytes } from './testing/fakes.ts'
import { TcpProxy } from './testing/tcp-proxy.ts'
import type { TransferJob, TransferState } from './transfer.ts'
import { Transfers } from './transfers.ts'

const file = sampleBytes(1_000_000)
const policy = new AddressPolicy({ allow: ['127.0.0.0/8', '::1'] })
const signal = new AbortController().signal

let requests: IncomingMessage[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void = serveFile

/** A web server with ranges and ETag, as nginx has them. */
function serveFile(request: IncomingMessage, response: ServerResponse, etag = '"v1"', content = file): void {
  const offset = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const matches = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
  const start = matches ? offset : 0
  if (start >= content.length) return void response.writeHead(416).end()
  const headers = { etag, 'content-length': content.length - start, 'content-type': 'application/octet-stream' }
  if (start === 0) response.writeHead(200, headers)
  else
    response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
  response.end(content.subarray(start))
}

const server = createServer((request, response) => {
  requests.push(request)
  answer(request, response)
})
let port = 0
const proxy = new TcpProxy(() => port)
let proxyPort = 0

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  proxyPort = await proxy.listen()
})
afterAll(async () => {
  await proxy.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  requests = []
  answer = serveFile
  Object.assign(proxy, { connections: 0, cutAfter: () => undefined, fault: 'cut' })
})

function source(options: Partial<HttpSourceOptions> = {}): HttpSource {
  return new HttpSource({ url: `http://127.0.0.1:${port}/w11.qcow2?token=secret`, policy, ...options })
}

async function read(options: Partial<HttpSourceOptions> = {}): Promise<Buffer> {
  return collect((await source(options).open({ offset: 0, signal })).stream)
}

async function transfer(options: Partial<HttpSourceOptions>, job: Partial<TransferJob> = {}) {
  const sink = new MemorySink()
  const transfers = new Transfers({ pauseMs: () => 5, blockBytes: 64_000 })
  transfers.start('a', { source: source(options), sink, signal, ...job })
  const state = await eventually('the end', (): TransferState | undefined => {
    const now = transfers.get('a')
    return now?.state === 'Succeeded' || now?.state === 'Failed' ? now : undefined
  })
  return { state, sink }
}

const viaProxy = () => ({ url: `http://127.0.0.1:${proxyPort}/w11.qcow2` })

describe('reading', () => {
  test('gives the bytes, their number and their validator', async () => {
    const opened = await source().open({ offset: 0, signal })
    expect(opened).toMatchObject({ total: file.length, validator: '"v1"' })
    expect((await collect(opened.stream)).equals(file)).toBe(true)
    expect(requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' })
    expect(requests[0]?.headers.range).toBeUndefined()
  })

  test('gives the bytes of a server that does not say how many', async () => {
    answer = (_, response) => {
      response.write(file.subarray(0, 5_000))
      response.end()
    }
    const opened = await source().open({ offset: 0, signal })
    expect(opened.total).toBeUndefined()
    expect((await collect(opened.stream)).equals(file.subarray(0, 5_000))).toBe(true)
  })

  test('begins anywhere, by range', async () => {
    const opened = await source().open({ offset: 600_000, validator: '"v1"', signal })
    expect(opened.total).toBe(file.length)
    expect((await collect(opened.stream)).equals(file.subarray(600_000))).toBe(true)
    expect(requests[0]?.headers).toMatchObject({ range: 'bytes=600000-', 'if-range': '"v1"' })
  })

  test.each([
    ['Last-Modified', { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }],
    ['weak ETag', { etag: 'W/"1"' }],
  ])('begins anywhere with %s only, where the server knows no ranges', async (_, headers) => {
    answer = (_request, response) => void response.writeHead(200, { ...headers }).end(file)
    const { validator, stream } = await source().open({ offset: 0, signal })
    await collect(stream)
    const opened = await source().open({ offset: 600_000, validator, signal })
    expect((await collect(opened.stream)).equals(file.subarray(600_000))).toBe(true)
  })

  test('a file that changed, shrank, or cannot be told apart is not resumed', async () => {
    const changed = { class: 'Unavailable', code: 'SourceChanged' }
    answer = (request, response) => serveFile(request, response, '"v2"')
    await expect(source().open({ offset: 5, validator: '"v1"', signal })).rejects.toMatchObject(changed)
    answer = (request, response) => serveFile(request, response, '"v1"', file.subarray(0, 10))
    await expect(source().open({ offset: 50, validator: '"v1"', signal })).rejects.toMatchObject(changed)
    await expect(source().open({ offset: 50, signal })).rejects.toMatchObject(changed)
  })

  test('an end by the signal is at once', async () => {
    answer = (_, response) => void response.write('x')
    const stop = new AbortController()
    const opened = await source().open({ offset: 0, signal: stop.signal })
    const reading = collect(opened.stream)
    stop.abort()
    await expect(reading).rejects.toThrow()
    await expect(source().open({ offset: 0, signal: stop.signal })).rejects.toThrow('aborted')
  })
})

test('TLS is trusted by the CA that is given beside the usual ones', async () => {
  const secure = createSecureServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (request, response) => {
    serveFile(request, response)
  })
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(secure.address() as AddressInfo).port}/w11.qcow2`
  await expect(read({ url })).rejects.toMatchObject({
    class: 'Refused',
    code: 'TLSFailed',
    message: expect.stringContaining('SELF_SIGNED'),
  })
  expect((await read({ url, ca: TEST_CERTIFICATE })).equals(file)).toBe(true)
  secure.closeAllConnections()
  await new Promise((resolve) => secure.close(resolve))
})

describe('redirects', () => {
  const redirect = (to: string) => (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/target')) return serveFile(request, response)
    response.writeHead(302, { location: to }).end()
  }

  test('are followed, with credentials on the same origin', async () => {
    answer = redirect('/target')
    expect((await read({ headers: { authorization: 'Bearer x' } })).equals(file)).toBe(true)
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer x', 'Bearer x'])
  })

  test('are followed without credentials elsewhere', async () => {
    answer = redirect(`http://localhost:${port}/target`)
    expect((await read({ headers: { authorization: 'Bearer x' } })).equals(file)).toBe(true)
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer x', undefined])
  })

  test('to refused addresses are refused', async () => {
    answer = redirect('http://169.254.169.254/latest/meta-data')
    await expect(read()).rejects.toMatchObject({ code: 'AddressRefused', class: 'InvalidSpec' })
    expect(requests).toHaveLength(1)
  })

  test.each([
    ['/again', 'TooManyRedirects'],
    ['file:///etc/passwd', 'InvalidURL'],
    ['http://user:pass@127.0.0.1/', 'InvalidURL'],
  ])('to %s end as %s', async (to, code) => {
    answer = redirect(to)
    await expect(read()).rejects.toMatchObject({ code })
    expect(requests.length).toBeLessThanOrEqual(6)
  })
})

describe('bad input', () => {
  test.each([
    [401, 'Refused', 'SourceUnauthorized', /credentials.*secretRef/],
    [403, 'Refused', 'SourceForbidden', /secretRef/],
    [404, 'NotFound', 'SourceNotFound', /not there/],
    [400, 'Refused', 'SourceRefused', /HTTP 400/],
    [503, 'Unavailable', 'SourceUnavailable', /HTTP 503/],
  ] as const)('HTTP %i is %s', async (status, failureClass, code, message) => {
    answer = (_, response) => void response.writeHead(status).end('no')
    const failure = await read().catch((error: unknown) => error)
    expect(failure).toMatchObject({ class: failureClass, code, status, message: expect.stringMatching(message) })
    expect((failure as Error).message).not.toContain('secret=')
    expect((failure as Error).message).not.toContain('token')
  })

  test('a Retry-After is kept', async () => {
    answer = (_, response) => void response.writeHead(429, { 'retry-after': '7' }).end()
    await expect(read()).rejects.toMatchObject({ class: 'Throttled', retryAfterSeconds: 7 })
  })

  test('a directory page is no file', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>')
    await expect(read()).rejects.toMatchObject({ class: 'InvalidSpec', code: 'NotAFile' })
  })

  test('an encoded transport is refused, but for a .gz file that is to be unpacked', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(file))
    await expect(read()).rejects.toMatchObject({ class: 'InvalidSpec', code: 'TransportEncoded' })
    const { state, sink } = await transfer({ decompress: 'Gzip' }, { decompress: 'Gzip' })
    expect(state.state).toBe('Succeeded')
    expect(sink.got(file)).toBe(true)
  })

  test.each(['ftp://example.com/x', 'nothing', 'http://user:pass@example.com/x', 'http://'])(
    '"%s" is no URL',
    (url) => {
      const make = () => source({ url })
      expect(make).toThrow(expect.objectContaining({ class: 'InvalidSpec', code: 'InvalidURL' }))
      expect(make).toThrow(expect.objectContaining({ message: expect.not.stringContaining('pass') }))
    },
  )

  test('addresses that are not allowed are not asked', async () => {
    await expect(read({ policy: new AddressPolicy() })).rejects.toMatchObject({ code: 'AddressRefused' })
    expect(requests).toEqual([])
  })

  test('nobody there, no such name, no TLS: said plainly', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port: free } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    await expect(read({ url: `http://127.0.0.1:${free}/` })).rejects.toMatchObject({ code: 'ConnectionRefused' })
    await expect(read({ url: 'http://name.invalid/' })).rejects.toMatchObject({ code: 'NameNotResolved' })
    await expect(read({ url: `https://127.0.0.1:${port}/` })).rejects.toMatchObject({
      class: 'Refused',
      code: 'TLSFailed',
    })
  })
})

describe('a transfer over a bad line', () => {
  test('is resumed after cuts, byte for byte', async () => {
    proxy.cutAfter = (connection) => (connection < 4 ? 150_000 + connection * 10_000 : undefined)
    const { state, sink } = await transfer(viaProxy())
    expect(state).toMatchObject({ state: 'Succeeded', written: file.length })
    expect(sink.got(file)).toBe(true)
    expect(requests.map(({ headers }) => headers.range === undefined)).toEqual([true, false, false, false, false])
  })

  test('is resumed after a stall', async () => {
    Object.assign(proxy, { fault: 'stall', cutAfter: (n: number) => (n === 0 ? 150_000 : undefined) })
    const { state, sink } = await transfer({ ...viaProxy(), stallTimeoutMs: 300 })
    expect(state).toMatchObject({ state: 'Succeeded' })
    expect(sink.got(file)).toBe(true)
  })

  test('begins anew when the file changed meanwhile', async () => {
    proxy.cutAfter = (connection) => (connection === 0 ? 150_000 : undefined)
    const changed = sampleBytes(700_000).reverse()
    answer = (request, response) =>
      request.headers.range === undefined && requests.length === 1
        ? serveFile(request, response)
        : serveFile(request, response, '"v2"', changed)
    const { state, sink } = await transfer(viaProxy())
    expect(state).toMatchObject({ state: 'Succeeded', total: changed.length })
    expect(sink.writes).toBe(2)
    expect(sink.got(changed)).toBe(true)
  })

  test('a file that is always shorter than it said ends in a failure with both numbers', async () => {
    answer = (request, response) => {
      const offset = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
      const headers = { etag: '"1"', 'content-length': 2_000 - offset }
      if (offset > 0) response.writeHead(206, { ...headers, 'content-range': `bytes ${offset}-1999/2000` })
      else response.writeHead(200, headers)
      response.write(file.subarray(offset, 1_000), () => response.destroy())
    }
    const { state, sink } = await transfer({})
    expect(state).toMatchObject({ state: 'Failed', failure: { class: 'Unavailable' }, bytes: 1_000, total: 2_000 })
    expect(state.failure?.message).toMatch(/after 1000 of the 2000 bytes that were announced$/)
    expect(sink.complete).toEqual([])
  })

  test('a file that ends before the size that it announced begins anew, and the failure has both numbers', async () => {
    answer = (request, response) => {
      if (request.headers.range !== undefined) {
        response.writeHead(416, { 'content-range': 'bytes */1000' }).end()
        return
      }
      response.writeHead(200, { etag: '"1"', 'content-length': 2_000 })
      response.write(file.subarray(0, 1_000), () => response.destroy())
    }
    const { state } = await transfer({})
    expect(state.failure).toMatchObject({ class: 'Unavailable', code: 'SourceChanged' })
    expect(state.failure?.message).toMatch(/ has only 1000 bytes, after 1000 of the 2000 bytes that were announced$/)
  })

  test('a file that never ends is refused at the limit', async () => {
    answer = (request, response) => {
      const more = (): void => void response.write(file.subarray(0, 65_536), () => !request.destroyed && more())
      more()
    }
    const { state, sink } = await transfer({}, { maxBytes: 3_000_000 })
    expect(state).toMatchObject({ state: 'Failed', failure: { class: 'InvalidSpec', code: 'TooLarge' } })
    expect(sink.complete).toEqual([])
  })
})
