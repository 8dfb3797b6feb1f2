import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { Spool } from '../transfer/spool.ts'
import { failure, hexDigest, MemorySink, sampleBytes } from '../transfer/testing/fakes.ts'
import { TcpProxy } from '../transfer/testing/tcp-proxy.ts'
import { makeTicket } from '../transfer/ticket.ts'
import { Transfers } from '../transfer/transfers.ts'
import { UploadForwarder } from '../transfer/upload-forwarder.ts'
import { UploadGateway } from '../transfer/upload-gateway.ts'
import { UploadServer } from '../transfer/upload-server.ts'
import { Uploads } from '../transfer/uploads.ts'
import { type Gateway, ResumableUpload } from './resumable-upload.ts'
import { TusClient } from './tus-client.ts'

const bytes = sampleBytes(20_000_000)
const signal = new AbortController().signal

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const newTicket = () => makeTicket({ now: Date.now(), lifetimeSeconds: 600 })

/** The operator's own gateway with one upload `desktops/w11`, and a client in front of it. */
async function setUp({ spool }: { spool: boolean }) {
  const directory = await mkdtemp(join(tmpdir(), 'auxo-spool-'))
  endings.push(() => rm(directory, { recursive: true }))
  const uploads = new Uploads(spool ? { spool: await Spool.open({ directory, reserveBytes: 0 }) } : {})
  const session = await uploads.open({ uid: 'uid', key: 'desktops/w11', size: bytes.length })
  endings.push(() => uploads.close('uid'))
  const issued = { current: newTicket() }
  const forwarder = new UploadForwarder()
  endings.push(() => forwarder.close())
  const gateway = new UploadGateway({
    directory: { find: async () => ({ ticket: issued.current.annotation, size: bytes.length, session }) },
    owner: { locate: () => 'local' },
    forwarder,
  })
  const server = await UploadServer.listen({ gateway, host: '127.0.0.1', port: 0 })
  endings.push(() => server.close())
  const proxy = new TcpProxy(() => Number(new URL(server.url).port))
  proxy.direction = 'up'
  endings.push(() => proxy.close())
  const sink = new MemorySink()
  const transfers = new Transfers({ pauseMs: () => 10 })
  endings.push(() => transfers.stop('w11'))
  const start = () => transfers.start('w11', { source: session, sink, signal })
  endings.push(session.subscribe(start))
  const url = new URL(`http://127.0.0.1:${await proxy.listen()}/uploads/desktops/w11`)
  const client = new Client(url, issued.current.ticket, () => {
    issued.current = newTicket()
    return issued.current.ticket
  })
  endings.push(() => client.close())
  const notes: string[] = []
  const upload = new ResumableUpload({
    content: {
      name: 'w11.raw',
      size: bytes.length,
      read: (offset, length) => piecesOf(bytes.subarray(offset, offset + length)),
      assertUnchanged: async () => {},
    },
    gateway: client,
    observer: { note: (text) => notes.push(text), progress: () => {} },
    backoff: { baseMs: 10, maxMs: 100 },
  })
  return { proxy, sink, upload, notes, issued, session }
}

class Client implements Gateway {
  readonly #url: URL
  readonly #renew: () => string
  #client: TusClient

  constructor(url: URL, ticket: string, renew: () => string) {
    this.#url = url
    this.#renew = renew
    this.#client = new TusClient({ url, ticket })
  }

  async connect(): Promise<TusClient> {
    return this.#client
  }

  async renewTicket(): Promise<void> {
    await this.close()
    this.#client = new TusClient({ url: this.#url, ticket: this.#renew() })
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}

async function* piecesOf(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536)
}

const sum = (content: Buffer | undefined) => content && hexDigest('sha512', content)

describe.each([
  ['streaming', false],
  ['spooling', true],
])('with the operator’s gateway, %s', (_, spool) => {
  test('every byte arrives', async () => {
    const { upload, sink, notes } = await setUp({ spool })
    await upload.run(signal)
    await expect.poll(() => sum(sink.complete[0])).toBe(sum(bytes))
    expect(notes).toEqual([])
  })

  test('lost connections are made again', async () => {
    const { upload, sink, proxy, notes } = await setUp({ spool })
    proxy.cutAfter = (connection) => (connection < 3 ? 5_000_000 : undefined)
    await upload.run(signal)
    await expect.poll(() => sum(sink.complete[0])).toBe(sum(bytes))
    expect(proxy.connections).toBeGreaterThan(3)
    expect(notes[0]).toMatch(/^the connection to .* failed .*; trying again in 1s$/)
  })

  test('a ticket that another run made invalid is renewed', async () => {
    const { upload, sink, issued } = await setUp({ spool })
    issued.current = newTicket()
    await upload.run(signal)
    await expect.poll(() => sum(sink.complete[0])).toBe(sum(bytes))
  })
})

test('without a spool, bytes that Glance lost are sent again, and that is said', async () => {
  const { upload, sink, notes } = await setUp({ spool: false })
  sink.failures.push({ after: 10_000_000, failure: failure('Unavailable', 'ConnectionReset') })
  await upload.run(signal)
  await expect.poll(() => sum(sink.complete[0])).toBe(sum(bytes))
  expect(notes.join('\n')).toMatch(/the cloud lost the bytes.*; sending again from the start/)
})

test('content that the operator refuses ends the upload with its words', async () => {
  const { upload, sink } = await setUp({ spool: false })
  sink.failures.push({ after: 10_000_000, failure: failure('InvalidSpec', 'FormatMismatch') })
  await expect(upload.run(signal)).rejects.toThrow(/refused to take the bytes: it is InvalidSpec \(422\)$/)
})
