import { expect, test } from 'vitest'
import { Blocks } from './blocks.ts'
import { gathered } from './gathered.ts'
import { chunksOf, sampleBytes } from './testing/fakes.ts'

const bytes = sampleBytes(10_500)

test('memory is used again when it was given back, once, and not before', () => {
  const blocks = new Blocks(1_000)
  const first = blocks.lend(blocks.take(), 1_000)
  expect(blocks.take().buffer).not.toBe(first.buffer)
  blocks.giveBack(first)
  blocks.giveBack(first)
  blocks.giveBack(new Uint8Array(first.buffer))
  expect(blocks.take().buffer).toBe(first.buffer)
  expect(blocks.take().buffer).not.toBe(first.buffer)
})

test.each([1, 499, 1_000, 7_000])(
  'chunks of %i bytes fill whole blocks, and their own memory is needed no more',
  async (size) => {
    const memory = Buffer.alloc(size)
    const lent = async function* () {
      for await (const chunk of chunksOf(bytes, size)) yield memory.subarray(0, chunk.length).fill(chunk)
    }
    const kept: Uint8Array[] = []
    for await (const chunk of gathered(lent(), new Blocks(1_000))) kept.push(chunk)
    expect(kept.map(({ length }) => length)).toEqual([...Array(10).fill(1_000), 500])
    expect(Buffer.concat(kept)).toEqual(bytes)
  },
)

test.each([0, 1, 3, 30])(
  'a receiver that gives chunks back %i later has the right bytes until then',
  async (lateness) => {
    const blocks = new Blocks(1_000)
    const memory = new Set<ArrayBufferLike>()
    const late: { chunk: Uint8Array; offset: number }[] = []
    let offset = 0
    for await (const chunk of gathered(chunksOf(bytes, 300), blocks)) {
      memory.add(chunk.buffer)
      late.push({ chunk, offset })
      offset += chunk.length
      for (const kept of late)
        expect(Buffer.from(kept.chunk)).toEqual(bytes.subarray(kept.offset, kept.offset + kept.chunk.length))
      if (late.length > lateness) blocks.giveBack(late.shift()?.chunk ?? new Uint8Array())
    }
    expect(offset).toBe(bytes.length)
    expect(memory.size).toBe(Math.min(lateness + 1, 11))
  },
)
