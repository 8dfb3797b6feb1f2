import { expect, test } from 'vitest'
import { collect } from './testing/fakes.ts'
import { WriterLock } from './writer-lock.ts'

/** A client whose bytes come when told, until it is cut. */
function client() {
  const steps: PromiseWithResolvers<Uint8Array | undefined>[] = []
  const step = (index: number) => (steps[index] ??= Promise.withResolvers())
  let sent = 0
  const bytes = (async function* () {
    for (let index = 0; ; index++) {
      const chunk = await step(index).promise
      if (chunk === undefined) return
      yield chunk
    }
  })()
  return {
    bytes,
    send: (text: string) => step(sent++).resolve(Buffer.from(text)),
    end: () => step(sent++).resolve(undefined),
    cut: () => step(sent).reject(new Error('cut')),
  }
}

test('one at a time; a silent one gives way', async () => {
  let now = 0
  const lock = new WriterLock({ now: () => now, silenceMs: 5_000 })
  const first = client()
  const second = client()
  const holding = lock.hold(first.bytes, first.cut, collect)
  holding.catch(() => {})
  now = 4_999
  await expect(lock.hold(second.bytes, second.cut, collect)).rejects.toMatchObject({
    status: 423,
    retryAfterSeconds: 2,
  })
  now = 5_000
  const next = lock.hold(second.bytes, second.cut, collect)
  await expect(holding).rejects.toThrow('cut')
  second.send('x')
  second.end()
  expect(`${await next}`).toBe('x')
})

test('one whose bytes are being stored is not silent, however long that takes', async () => {
  let now = 0
  const lock = new WriterLock({ now: () => now, silenceMs: 5_000 })
  const first = client()
  const stored = Promise.withResolvers<void>()
  const storing = Promise.withResolvers<void>()
  const holding = lock.hold(first.bytes, first.cut, async (bytes) => {
    for await (const _ of bytes) {
      storing.resolve()
      await stored.promise
    }
  })
  first.send('x')
  await storing.promise
  now = 60_000
  const second = client()
  await expect(lock.hold(second.bytes, second.cut, collect)).rejects.toMatchObject({ status: 423 })
  stored.resolve()
  first.end()
  await holding
})
