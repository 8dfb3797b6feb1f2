import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { Failure } from '../failure/failure.ts'
import { AddressPolicy } from '../net/address-policy.ts'
import { createDispatcher, type DispatcherOptions, send, type WireRequest } from './transport.ts'

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function listen<S extends Server | TcpServer>(server: S): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

async function serve(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(listener))}`
}

function client(profile: { cacert?: string; verify?: boolean } = {}, options?: DispatcherOptions) {
  const dispatcher = createDispatcher({ verify: true, ...profile }, options)
  closers.push(() => dispatcher.destroy())
  return (request: Partial<WireRequest> & { url: string }) =>
    send(dispatcher, { service: 'image', method: 'GET', headers: {}, ...request })
}

async function* chunks(count: number, size = 65_536): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(size, 1)
  for (let i = 0; i < count; i++) yield chunk
}

/** As `chunks`, by a process that is too busy between them to see what comes in. */
async function* busyChunks(busyMs: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks(4096)) {
    yield chunk
    await new Promise((resolve) => setImmediate(resolve))
    const end = performance.now() + busyMs
    while (performance.now() < end);
  }
}

/** A key and a certificate for 127.0.0.1. */
async function certificate(): Promise<{ key: string; cert: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'auxo-tls-'))
  closers.push(() => rm(directory, { recursive: true }))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  await promisify(execFile)('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert])
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
}

/** `count` chunks in the same memory, which threads may share, each other than the one before. */
async function* lentChunks(count: number, size: number): AsyncGenerator<Uint8Array> {
  const memory = Buffer.from(new SharedArrayBuffer(size))
  for (let i = 1; i <= count; i++) yield memory.fill(i)
}

describe('send', () => {
  it('sends streams with and without a length', async () => {
    const url = await serve(async (request, response) => {
      let bytes = 0
      for await (const chunk of request) bytes += chunk.length
      response.setHeader('x-length', request.headers['content-length'] ?? 'chunked')
      response.end(String(bytes))
    })
    const request = client()
    const known = await request({ url, method: 'PUT', stream: chunks(3), size: 3 * 65_536 })
    expect(known).toMatchObject({ body: '196608', headers: { 'x-length': '196608' } })
    const unknown = await request({ url, method: 'PUT', stream: Readable.from(chunks(3)) })
    expect(unknown).toMatchObject({ body: '196608', headers: { 'x-length': 'chunked' } })
    const empty = await request({ url, method: 'PUT', stream: chunks(0), size: 0 })
    expect(empty.body).toBe('0')
  })

  it.each(['http', 'https'])(
    'needs a chunk of 64 KiB no more when it asks for the next, however slow the other side is (%s)',
    async (scheme) => {
      const [count, size] = [512, 65_536]
      const slow: RequestListener = async (request, response) => {
        const hash = createHash('md5')
        for await (const chunk of request) {
          hash.update(chunk)
          for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
        }
        response.end(hash.digest('hex'))
      }
      const tls = await certificate()
      const port = await listen(scheme === 'http' ? createServer(slow) : createTlsServer(tls, slow))
      const expected = createHash('md5')
      for await (const chunk of lentChunks(count, size)) expected.update(chunk)
      const put = { url: `${scheme}://127.0.0.1:${port}`, method: 'PUT', stream: lentChunks(count, size) } as const
      const { body } = await client({ cacert: tls.cert })({ ...put, size: count * size })
      expect(body).toBe(expected.digest('hex'))
    },
  )

  it.each([401, 409, 413])('reports an early %i, not the broken pipe that follows it', async (status) => {
    // As uwsgi and Apache do: the answer, then the connection is closed with our bytes unread in it.
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.write(`HTTP/1.1 ${status} No\r\ncontent-length: 4\r\nconnection: close\r\n\r\nwhy?`, () =>
          socket.destroy(),
        )
      })
    })
    const url = `http://127.0.0.1:${await listen(server)}`
    const request = client()
    for (const busyMs of [0, 20, 20, 20]) {
      const answer = await request({ url, method: 'PUT', stream: busyChunks(busyMs), size: 4096 * 65_536 })
      expect(answer).toMatchObject({ status, body: 'why?' })
    }
  })

  it('closes the source after an early answer, also while nobody feeds it', async () => {
    const url = await serve((_, response) => {
      response.writeHead(409).end()
    })
    const source = new Readable({ read() {} })
    source.push(Buffer.alloc(10))
    const answer = await client()({ url, method: 'PUT', stream: source })
    expect(answer.status).toBe(409)
    expect(source.destroyed).toBe(true)
  })

  it('fails with what the source failed with', async () => {
    const url = await serve((request) => request.resume())
    const reason = Object.assign(new Error('the source is gone'), { code: 'ECONNRESET' })
    async function* broken() {
      yield Buffer.alloc(10)
      throw reason
    }
    await expect(client()({ url, method: 'PUT', stream: broken() })).rejects.toBe(reason)
  })

  it('fails with the reason of the signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const url = await serve(() => controller.abort(reason))
    await expect(client()({ url, signal: controller.signal })).rejects.toBe(reason)
  })

  it('says when the other side closes the connection, or half an answer comes', async () => {
    const reset = await serve((request) => request.socket.destroy())
    await expect(client()({ url: reset })).rejects.toMatchObject({ class: 'Unavailable', code: 'ConnectionReset' })
    const half = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('half', () => request.socket.destroy())
    })
    await expect(client()({ url: half })).rejects.toMatchObject({ class: 'Unavailable', code: 'ConnectionReset' })
  })

  it('says that a connection is refused, a name unknown, an answer late', async () => {
    const url = await serve(() => {})
    await closers.pop()?.()
    await expect(client()({ url })).rejects.toMatchObject({
      code: 'ConnectionRefused',
      message: `${url} refuses connections`,
    })
    await expect(client()({ url: 'http://nowhere.invalid' })).rejects.toMatchObject({ code: 'NameNotFound' })
    const silent = await serve(() => {})
    await expect(client()({ url: silent, headersTimeoutMs: 50 })).rejects.toMatchObject({ code: 'Timeout' })
  })

  it('keeps an address policy’s refusal as it is', async () => {
    const url = await serve((_, response) => response.end())
    const policy = new AddressPolicy()
    const request = client({}, { connector: (options) => policy.connector(options) })
    const error = await request({ url }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ code: 'AddressRefused' })
  })

  it('verifies certificates by the given authority, or not at all', async () => {
    const { key, cert } = await certificate()
    const server = createTlsServer({ key, cert }, (_, response) => response.end('secure'))
    const url = `https://127.0.0.1:${await listen(server)}`
    expect((await client({ cacert: cert })({ url })).body).toBe('secure')
    expect((await client({ verify: false })({ url })).body).toBe('secure')
    await expect(client()({ url })).rejects.toMatchObject({ class: 'Unavailable', code: 'CertificateRefused' })
  })
})
