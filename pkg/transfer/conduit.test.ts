import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Conduit } from './conduit.ts'
import { chunksOf, collect, failure, sampleBytes } from './testing/fakes.ts'

const { signal } = new AbortController()

test('hands over every byte in order, however both sides are paced', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 500 }), async (length, size) => {
      const bytes = sampleBytes(length)
      const conduit = new Conduit()
      await conduit.begin(length)
      const reading = collect(conduit.read(0, signal))
      const writer = conduit.writer()
      for await (const chunk of chunksOf(bytes, size)) {
        await writer.append(chunk)
        expect(conduit.offset).toBeGreaterThan(0)
      }
      expect((await reading).equals(bytes)).toBe(true)
      expect(conduit.offset).toBe(length)
    }),
    { numRuns: 50 },
  )
})

test('the memory of a chunk is the writer’s again when the reader asks for the next one, or leaves', async () => {
  const conduit = new Conduit()
  await conduit.begin(6)
  const writer = conduit.writer()
  const memory = Buffer.from('ab')
  const reader = conduit.read(0, signal)[Symbol.asyncIterator]()
  let given = false
  const append = async () => {
    given = false
    await writer.append(memory)
    given = true
  }
  const first = append()
  expect(`${(await reader.next()).value}`).toBe('ab')
  await new Promise((resolve) => setImmediate(resolve))
  expect(given).toBe(false)
  const next = reader.next()
  await first
  memory.write('cd')
  const second = append()
  expect(`${(await next).value}`).toBe('cd')
  await reader.return?.()
  await second
  expect(conduit.offset).toBe(4)
  memory.write('ef')
  const third = append()
  expect(`${await collect(conduit.read(4, signal))}`).toBe('ef')
  await third
})

test('counts nothing before it is taken', async () => {
  const conduit = new Conduit({ readerTimeoutMs: 20 })
  await conduit.begin(10)
  await expect(conduit.writer().append(Buffer.from('x'))).rejects.toMatchObject({ status: 503, code: 'NobodyReads' })
  expect(conduit.offset).toBe(0)
})

test('what was lost stays lost: a writer from before gets the reason, a new one begins at 0', async () => {
  const conduit = new Conduit()
  await conduit.begin(4)
  const before = conduit.writer()
  const reader = conduit.read(0, signal)[Symbol.asyncIterator]()
  const first = reader.next()
  const appending = before.append(Buffer.from('ab'))
  await first
  expect(conduit.offset).toBe(2)
  const reason = failure('Unavailable')
  conduit.lost(reason)
  expect(conduit.offset).toBe(0)
  await expect(appending).rejects.toBe(reason)
  await expect(reader.next()).rejects.toMatchObject({ code: 'SourceChanged' })
  await expect(before.append(Buffer.from('cd'))).rejects.toBe(reason)
  await expect(before.commit()).rejects.toBe(reason)
  const again = collect(conduit.read(0, signal))
  await conduit.writer().append(Buffer.from('abcd'))
  expect(`${await again}`).toBe('abcd')
})

test('who waits is let go: a reader by its signal, a writer by the close', async () => {
  const conduit = new Conduit()
  await conduit.begin(4)
  const stop = new AbortController()
  const reading = collect(conduit.read(0, stop.signal))
  stop.abort(new Error('enough'))
  await expect(reading).rejects.toThrow('enough')
  const writing = conduit.writer().append(Buffer.from('x'))
  await conduit.close()
  await expect(writing).rejects.toMatchObject({ status: 503, code: 'UploadClosed' })
})
