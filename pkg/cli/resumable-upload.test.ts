import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { TEST_CERTIFICATE, TEST_KEY } from '../transfer/testing/certificate.ts'
import { CliError } from './exit-code.ts'
import { LocalFile } from './local-file.ts'
import { type Gateway, ResumableUpload, type ResumableUploadOptions } from './resumable-upload.ts'
import { type Fault, TusServer, type TusServerOptions } from './testing/tus-server.ts'
import { TusClient, type TusClientOptions } from './tus-client.ts'
import { TusError } from './tus-error.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const SIZE = 3 * 1024 * 1024 + 17

async function setUp(
  faults: Fault[] = [],
  server: TusServerOptions = {},
  upload: Partial<ResumableUploadOptions> = {},
  client: Partial<TusClientOptions> = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'auxo-upload-'))
  cleanups.push(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'disk.raw')
  const bytes = randomBytes(SIZE)
  writeFileSync(path, bytes)
  const tus = new TusServer(server)
  cleanups.push(() => tus.stop())
  tus.faults.push(...faults)
  const url = await tus.start()
  const file = await LocalFile.open(path)
  cleanups.push(() => file.close())
  const gateway = new TestGateway({ url, ticket: 'ticket-1', ...client })
  cleanups.push(() => gateway.close())
  const notes: string[] = []
  const progress: number[] = []
  const run = new ResumableUpload({
    content: file,
    gateway,
    observer: { note: (text) => notes.push(text), progress: (count) => progress.push(count) },
    backoff: { baseMs: 5, maxMs: 20 },
    ...upload,
  })
  return { path, bytes, tus, gateway, notes, progress, run, file }
}

class TestGateway implements Gateway {
  renewals = 0
  readonly #options: TusClientOptions
  #client: TusClient | undefined

  constructor(options: TusClientOptions) {
    this.#options = options
  }

  async connect(): Promise<TusClient> {
    this.#client ??= new TusClient({ ...this.#options, ticket: `ticket-${this.renewals + 1}` })
    return this.#client
  }

  async renewTicket(): Promise<void> {
    this.renewals += 1
    await this.close()
  }

  async close(): Promise<void> {
    await this.#client?.close()
    this.#client = undefined
  }
}

const signal = new AbortController().signal
const sha512 = (bytes: Buffer) => createHash('sha512').update(bytes).digest('hex')

test('makes the upload and sends every byte in one request', async () => {
  const { tus, run, bytes, notes, progress } = await setUp()
  await run.run(signal)
  expect(tus.sha512).toBe(sha512(bytes))
  expect(tus.log).toEqual(['HEAD', 'POST', 'PATCH 0'])
  expect(notes).toEqual([])
  expect(progress.at(-1)).toBe(SIZE)
})

test('goes on where the connection was lost', async () => {
  const { tus, run, bytes, notes } = await setUp([{ on: 'PATCH', cutAfter: 1_000_000 }])
  await run.run(signal)
  expect(tus.sha512).toBe(sha512(bytes))
  expect(tus.log).toEqual(['HEAD', 'POST', 'PATCH 0', 'HEAD', 'PATCH 1000000'])
  expect(notes[0]).toMatch(/^the connection to the upload gateway at \S+ failed .*; trying again in 1s$/)
})

test('a second run goes on from the first one’s offset', async () => {
  const { tus, run, bytes, notes } = await setUp([{ on: 'PATCH', cutAfter: 2_000_000 }], {}, { giveUpAfterMs: -1 })
  await expect(run.run(signal)).rejects.toThrow(TusError)
  await run.run(signal)
  expect(tus.sha512).toBe(sha512(bytes))
  expect(tus.log.at(-1)).toBe('PATCH 2000000')
  expect(notes).toContain('resuming at 1.9 MiB')
})

test('says so when the cloud lost the bytes, and sends them again', async () => {
  const { tus, run, bytes, notes } = await setUp(
    [{ on: 'PATCH', loseAfter: 500_000 }].flatMap((fault) => [
      { on: 'PATCH', cutAfter: 1_500_000 } as Fault,
      fault as Fault,
    ]),
  )
  await run.run(signal)
  expect(tus.sha512).toBe(sha512(bytes))
  expect(notes).toContain('the cloud lost the bytes; sending again from the start')
})

test('an offset that is not the server’s is looked up again without a pause', async () => {
  const { tus, run, bytes, notes } = await setUp([{ on: 'PATCH', status: 409 }])
  await run.run(signal)
  expect(tus.sha512).toBe(sha512(bytes))
  expect(notes).toEqual([])
})

test.each([500, 502, 503, 423, 429])('tries again after %i', async (status) => {
  const { tus, run, bytes, notes } = await setUp([
    { on: 'HEAD', status },
    { on: 'PATCH', status, headers: { 'retry-after': '0' }, text: 'the gateway has a cold' },
  ])
  await run.run(signal)
  expect(tus.sha512).toBe(sha512(bytes))
  expect(notes.join('\n')).toContain(`the gateway has a cold (${status})`)
})

test('asks for a new ticket when the one it has is refused', async () => {
  const { tus, run, gateway } = await setUp([], { accepts: (ticket) => ticket === 'ticket-2' })
  await run.run(signal)
  expect(gateway.renewals).toBe(1)
  expect(tus.complete).toBe(true)
})

test('ends with exit code 4 when no ticket helps', async () => {
  const { run, gateway } = await setUp([], { accepts: () => false })
  await expect(run.run(signal)).rejects.toMatchObject({ exitCode: 4 })
  expect(gateway.renewals).toBe(1)
})

test.each([400, 415, 507])('does not repeat what was refused with %i', async (status) => {
  const { run, tus } = await setUp([{ on: 'POST', status, text: '{"message": "no space"}' }])
  await expect(run.run(signal)).rejects.toThrow(/refused to begin the upload: no space \(\d+\)$/)
  expect(tus.log).toEqual(['HEAD', 'POST'])
})

test('sends smaller parts where a proxy refuses large requests', async () => {
  const { tus, run, bytes, notes } = await setUp([], { largestBody: 700_000 })
  await run.run(signal)
  expect(tus.sha512).toBe(sha512(bytes))
  // The answer may be lost with the connection at first.
  expect(notes.at(-1)).toBe('something on the way refuses large requests; sending 512 KiB at a time')
})

test('content that is complete already is not sent', async () => {
  const { run, tus } = await setUp([{ on: 'HEAD', status: 409 }])
  await run.run(signal)
  expect(tus.log).toEqual(['HEAD'])
})

test('content that is refused after it was sent is not sent again', async () => {
  const { run, tus } = await setUp([
    { on: 'PATCH', cutAfter: 1_000_000 },
    { on: 'PATCH', status: 503 },
    { on: 'HEAD', status: 410 },
  ])
  await expect(run.run(signal)).rejects.toThrow(/was refused after it was sent/)
  expect(tus.log.filter((line) => line === 'POST')).toHaveLength(1)
})

test('a size that was only promised does not keep a smaller file out', async () => {
  const promised = { 'upload-offset': '0', 'upload-length': '9000000000' }
  const { run, tus } = await setUp([{ on: 'HEAD', status: 200, headers: promised }])
  await run.run(signal)
  expect(tus.complete).toBe(true)
})

test('another file cannot go on with the upload', async () => {
  const { run } = await setUp([{ on: 'HEAD', status: 200, headers: { 'upload-offset': '5', 'upload-length': '1000' } }])
  await expect(run.run(signal)).rejects.toThrow(/begun with a file of 1000 bytes and disk.raw has 3145745/)
})

test('a file that changes meanwhile ends the upload', async () => {
  const { run, path } = await setUp([{ on: 'PATCH', cutAfter: 1_000_000 }])
  writeFileSync(path, 'something else')
  await expect(run.run(signal)).rejects.toThrow(CliError)
})

test('Ctrl-C ends it at once', async () => {
  const { run } = await setUp([{ on: 'HEAD', status: 503, headers: { 'retry-after': '100' } }])
  const interruption = new AbortController()
  const running = run.run(interruption.signal)
  interruption.abort(new Error('interrupted'))
  await expect(running).rejects.toThrow()
})

test('a certificate that proves nothing is refused at once, one that does is enough', async () => {
  const tls = { key: TEST_KEY, cert: TEST_CERTIFICATE }
  const untrusted = await setUp([], { tls })
  await expect(untrusted.run.run(signal)).rejects.toThrow(/is not trusted.*--insecure-skip-tls-verify/)
  expect(untrusted.tus.log).toEqual([])
  const trusted = await setUp([], { tls }, {}, { ca: tls.cert })
  await trusted.run.run(signal)
  expect(trusted.tus.complete).toBe(true)
  const careless = await setUp([], { tls }, {}, { insecureSkipTlsVerify: true })
  await careless.run.run(signal)
  expect(careless.tus.complete).toBe(true)
})
