import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lines } from './lines.ts'

async function* cut(bytes: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
  let start = 0
  for (const size of [...sizes, bytes.length]) {
    if (start >= bytes.length) return
    yield bytes.subarray(start, start + size)
    start += size
  }
}

test('lines are whole wherever the chunks were cut, also inside a character', async () => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\n'))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.integer({ min: 1, max: 5 })), async (expected, sizes) => {
      const bytes = Buffer.from(expected.map((text) => `${text}\n`).join(''))
      const found: string[] = []
      for await (const text of lines(cut(bytes, sizes))) found.push(text)
      expect(found).toEqual(expected.map((text) => Buffer.from(text).toString()))
    }),
  )
})

test('half a line at the end is dropped', async () => {
  const found: string[] = []
  for await (const text of lines(cut(Buffer.from('whole\nhal'), [3, 3]))) found.push(text)
  expect(found).toEqual(['whole'])
})
