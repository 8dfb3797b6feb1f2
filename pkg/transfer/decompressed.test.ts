import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { decompressed } from './decompressed.ts'
import { chunksOf, collect, failure, sampleBytes } from './testing/fakes.ts'

const content = sampleBytes(300)
/** `content`, by `xz -9`. */
const XZ = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jMAQErMbygIJTreBJqUXsgaojHPPqexvcExwMNGCEsrOgg8CXwC/DqaNvz86VDbKY7U797+ArY1d59g1nQt/7Z28OrmU3/TqNA8Kgj8V0/TwGrYurg5dpXnMuFH4253+hMWLKze4mQOnQOHuFy2nk6bnnVYOX3+b0FihKigEM+1vpGUQpAskQRJkHdeN1Pk7bJGQ3UbgCZGU1aRCV7fvrW75/0aD2h7aAkREjLNDqmiPXT79cxTa/lgKwLy/EVrsqejcEUO6+/CIgqLRATMJOhuEM/UFY7k8FKzQW3kCjrHRJ5kCckFFCYBlGZRQFCOmbCdq4mxDtzm8ZcThaxDDr2wgKuu6Mh2LQF4+8mBJWYR7NtFx7r68SolB3HCkeEk1pPyl1YE96E36BJ8GVJqmGyAEQNCbdS/sw3AAHEAqwCAADMqdU3scRn+wIAAAAABFla',
  'base64',
)

const packed = { None: content, Gzip: gzipSync(content), Xz: XZ } as const

describe.each(['None', 'Gzip', 'Xz'] as const)('%s', (how) => {
  test.each([1, 7, 1_000])('gives the content, in chunks of %i', async (size) => {
    expect(await collect(decompressed(chunksOf(packed[how], size), how))).toEqual(content)
  })

  test('a failure of the source stays what it is', async () => {
    const lost = failure('Unavailable')
    const stream = (async function* () {
      yield packed[how].subarray(0, 30)
      throw lost
    })()
    await expect(collect(decompressed(stream, how))).rejects.toBe(lost)
  })

  test('letting go early lets go of the source', async () => {
    let released = false
    const stream = (async function* () {
      try {
        for (;;) yield packed[how]
      } finally {
        released = true
      }
    })()
    for await (const _ of decompressed(stream, how)) break
    await eventually('the release', () => released)
    expect(released).toBe(true)
  })
})

describe.each(['Gzip', 'Xz'] as const)('%s', (how) => {
  test.each([
    ['cut off', packed[how].subarray(0, -10)],
    ['damaged', Buffer.from(packed[how]).fill(0x55, 20, 40)],
    ['something else', content],
  ])('%s is refused', async (_, bytes) => {
    await expect(collect(decompressed(chunksOf(bytes, 100), how))).rejects.toMatchObject({
      class: 'InvalidSpec',
      code: 'DecompressionFailed',
    })
  })

  test('several files in a row are one', async () => {
    const twice = Buffer.concat([packed[how], packed[how]])
    expect(await collect(decompressed(chunksOf(twice, 50), how))).toEqual(Buffer.concat([content, content]))
  })
})
