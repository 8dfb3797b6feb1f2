import { describe, expect, it } from 'vitest'
import { ManualTiming, settle } from './testing/manual-timing.ts'
import { TokenBucket } from './token-bucket.ts'

function fixture(callsPerSecond = 10, burst = 2) {
  const timing = new ManualTiming()
  const bucket = new TokenBucket({ callsPerSecond, burst }, timing)
  const gone: number[] = []
  const go = (id: number, signal?: AbortSignal) => bucket.acquire(signal).then(() => gone.push(id))
  return { timing, bucket, gone, go }
}

describe('TokenBucket', () => {
  it('lets a burst through, then goes at its rate, in order', async () => {
    const { timing, gone, go } = fixture()
    const all = Promise.all([1, 2, 3, 4, 5].map((id) => go(id)))
    await settle()
    expect(gone).toEqual([1, 2])
    await timing.pass(99)
    expect(gone).toEqual([1, 2])
    await timing.pass(1)
    expect(gone).toEqual([1, 2, 3])
    await timing.pass(200)
    expect(gone).toEqual([1, 2, 3, 4, 5])
    await all
    expect(timing.timers).toBe(0)
  })

  it('saves no more than a burst', async () => {
    const { timing, gone, go } = fixture()
    await timing.pass(60_000)
    for (const id of [1, 2, 3]) void go(id)
    await settle()
    expect(gone).toEqual([1, 2])
  })

  it('stands still for everyone while paused', async () => {
    const { timing, bucket, gone, go } = fixture()
    bucket.pause(3)
    bucket.pause(1)
    void go(1)
    await timing.pass(2_999)
    expect(gone).toEqual([])
    await timing.pass(1)
    expect(gone).toEqual([1])
  })

  it('pauses those who wait already', async () => {
    const { timing, bucket, gone, go } = fixture(10, 1)
    void go(1)
    void go(2)
    await settle()
    bucket.pause(5)
    await timing.pass(4_999)
    expect(gone).toEqual([1])
    await timing.pass(101)
    expect(gone).toEqual([1, 2])
  })

  it('lets go of who gives up, without costing the others their turn', async () => {
    const { timing, bucket, gone, go } = fixture(10, 1)
    const given = new AbortController()
    void go(1)
    const second = go(2, given.signal)
    void go(3)
    given.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    await timing.pass(100)
    expect(gone).toEqual([1, 3])
    expect(bucket.waiting).toBe(0)
    await expect(bucket.acquire(given.signal)).rejects.toThrow('enough')
  })

  it('goes by a new limit at once, with those who wait already', async () => {
    const { timing, bucket, gone, go } = fixture(1, 1)
    for (const id of [1, 2, 3]) void go(id)
    await settle()
    expect(gone).toEqual([1])
    bucket.limit = { callsPerSecond: 10, burst: 1 }
    await timing.pass(200)
    expect(gone).toEqual([1, 2, 3])
    expect(timing.timers).toBe(0)
  })
})
