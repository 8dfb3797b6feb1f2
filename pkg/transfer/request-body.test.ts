import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { bytesOf } from './request-body.ts'
import type { ByteStream } from './source.ts'
import { hexDigest, sampleBytes } from './testing/fakes.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Where a request's body is read by `read`, whose result is the answer. */
async function reading(read: (body: ByteStream) => Promise<unknown>): Promise<number> {
  const server = createServer(async (request, response) => {
    response.end(JSON.stringify(await read(bytesOf(request))))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

async function put(port: number, body: Buffer<ArrayBuffer>): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${port}`, { method: 'PUT', body })).json()
}

const bytes = Buffer.from(sampleBytes(3_000_000))

test.each([0, 1, 20])(
  'every byte comes in order, in large pieces, to a reader that needs %i turns for each',
  async (turns) => {
    const port = await reading(async (body) => {
      const pieces: Buffer[] = []
      for await (const piece of body) {
        for (let turn = 0; turn < turns; turn++) await setImmediate()
        pieces.push(Buffer.from(piece))
      }
      return { count: pieces.length, digest: hexDigest('md5', Buffer.concat(pieces)) }
    })
    const answer = (await put(port, bytes)) as { count: number }
    expect(answer).toMatchObject({ digest: hexDigest('md5', bytes) })
    if (turns === 20) expect(answer.count).toBeLessThan(bytes.length / 65_536)
  },
)

test('a reader that gives up can still answer', async () => {
  const port = await reading(async (body) => {
    for await (const piece of body) return piece.length > 0
    return false
  })
  expect(await put(port, bytes.subarray(0, 1_000))).toBe(true)
})

test('a client that leaves is an error, after what came', async () => {
  const seen = Promise.withResolvers<{ length: number; failed: boolean }>()
  const port = await reading(async (body) => {
    let length = 0
    try {
      for await (const piece of body) length += piece.length
      seen.resolve({ length, failed: false })
    } catch {
      seen.resolve({ length, failed: true })
    }
  })
  const socket = connect(port, '127.0.0.1')
  socket.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc', () => socket.destroy())
  expect(await seen.promise).toEqual({ length: 3, failed: true })
})
