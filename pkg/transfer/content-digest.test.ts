import { describe, expect, test } from 'vitest'
import { ContentDigests } from './content-digest.ts'
import { DigestThread } from './digest-thread.ts'
import { hexDigest, sampleBytes } from './testing/fakes.ts'

const bytes = sampleBytes(100_000)
const GIBIBYTE = 2 ** 30

describe.each([
  ['small', 1_000],
  ['large', GIBIBYTE],
])('digests of %s contents', (_, size) => {
  test('are right, side by side', async () => {
    const digests = new ContentDigests()
    const [first, second] = [digests.begin(['SHA512', 'MD5'], size), digests.begin(['SHA512'], size)]
    await Promise.all([first.update(bytes), second.update(bytes.subarray(0, 10)), first.update(bytes.subarray(5))])
    const both = Buffer.concat([bytes, bytes.subarray(5)])
    expect(await first.digests()).toEqual({ SHA512: hexDigest('sha512', both), MD5: hexDigest('md5', both) })
    await first.close()
    await second.update(bytes.subarray(10))
    expect(await second.digests()).toEqual({ SHA512: hexDigest('sha512', bytes) })
    await second.close()
  })
})

test('the thread ends with its last digest, and what waits for it is told; the next digest has a new one', async () => {
  const thread = new DigestThread()
  const [first, second] = [thread.begin(['SHA512']), thread.begin(['SHA512'])]
  await first.close()
  await first.close()
  expect(thread.open).toBe(true)
  const update = second.update(bytes)
  const closed = second.close()
  await expect(update).rejects.toThrow('let go')
  await closed
  expect(thread.open).toBe(false)
  await expect(second.digests()).rejects.toThrow('let go')

  const digests = new ContentDigests()
  for (let life = 0; life < 2; life++) {
    const digest = digests.begin(['MD5'], GIBIBYTE)
    await digest.update(bytes)
    expect(await digest.digests()).toEqual({ MD5: hexDigest('md5', bytes) })
    await digest.close()
  }
})
