import { Upload } from 'tus-js-client'
import { afterEach, describe, expect, test } from 'vitest'
import { failure, hexDigest, sampleBytes } from './testing/fakes.ts'
import { replica, ticket } from './testing/replica.ts'
import { TcpProxy } from './testing/tcp-proxy.ts'

/** The gateway against the tus project's own client: what it does by itself when lines and clouds break. */

const bytes = sampleBytes(3_000_000)
const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

interface Line {
  spool: boolean
  /** Whether the line leads to another replica than the owner. */
  forwarded?: boolean
  cutAfter?: TcpProxy['cutAfter']
  chunkSize?: number
}

async function upload({ spool, forwarded = false, cutAfter, chunkSize }: Line) {
  const owner = await replica({ spool })
  endings.push(owner.close)
  const other = await replica()
  endings.push(other.close)
  other.world.place = { url: owner.base }
  const proxy = new TcpProxy(() => Number(new URL(forwarded ? other.base : owner.base).port))
  proxy.direction = 'up'
  if (cutAfter !== undefined) proxy.cutAfter = cutAfter
  const port = await proxy.listen()
  endings.push(() => proxy.close())
  const run = (content: Buffer = bytes) =>
    new Promise<void>((resolve, reject) => {
      new Upload(content, {
        endpoint: `http://127.0.0.1:${port}/uploads/desktops/w11`,
        headers: { authorization: `Bearer ${ticket}` },
        metadata: { filename: 'Windows 11.qcow2' },
        retryDelays: Array(12).fill(50),
        chunkSize: chunkSize ?? Number.POSITIVE_INFINITY,
        onSuccess: () => resolve(),
        onError: reject,
      }).start()
    })
  return { ...owner, proxy, run }
}

describe.each([
  ['streaming', false],
  ['spooling', true],
])('%s', (_, spool) => {
  test('in one piece', async () => {
    const { run, start, settled, sink } = await upload({ spool })
    start()
    await run()
    expect(await settled()).toMatchObject({ state: 'Succeeded', digests: { SHA512: hexDigest('sha512', bytes) } })
    expect(sink.got(bytes)).toBe(true)
  })

  test('in chunks', async () => {
    const { run, start, settled, sink } = await upload({ spool, chunkSize: 700_000 })
    start()
    await run()
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })

  test.each([false, true])('over a line that is cut again and again (forwarded: %s)', async (forwarded) => {
    const cutAfter = (connection: number) => (connection < 10 ? 500_000 : undefined)
    const { run, start, settled, sink, proxy } = await upload({ spool, forwarded, cutAfter })
    start()
    await run()
    await settled()
    expect(sink.writes).toBe(1)
    expect(sink.got(bytes)).toBe(true)
    expect(proxy.connections).toBeGreaterThan(4)
  })

  test('to a cloud that loses the bytes in the middle', async () => {
    const { run, start, settled, sink } = await upload({ spool })
    sink.failures = [{ after: 1_500_000, failure: failure('Unavailable') }]
    start()
    await run()
    await settled()
    expect(sink.writes).toBe(2)
    expect(sink.got(bytes)).toBe(true)
  })

  test('through another replica', async () => {
    const { run, start, settled, sink } = await upload({ spool, forwarded: true })
    start()
    await run()
    await settled()
    expect(sink.got(bytes)).toBe(true)
  })
})

test('what is not the format it says is refused for good, with the message', async () => {
  const { run, start, settled } = await upload({ spool: false })
  start({ format: 'qcow2' })
  await expect(run()).rejects.toThrow(/said to be qcow2 but is raw/)
  expect(await settled()).toMatchObject({ state: 'Failed', failure: { code: 'FormatMismatch' } })
})
