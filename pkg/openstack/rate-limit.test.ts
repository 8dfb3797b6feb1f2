import { describe, expect, it } from 'vitest'
import { EndpointBuckets, RateLimits } from './rate-limit.ts'
import { ManualTiming, settle } from './testing/manual-timing.ts'

const slow = { callsPerSecond: 1, burst: 1 }
const fast = { callsPerSecond: 10, burst: 10 }
const glance = 'https://cloud.example:9292/v2/images'

function fixture() {
  const timing = new ManualTiming()
  return { timing, buckets: new EndpointBuckets(timing) }
}

describe('RateLimits', () => {
  it('has one bucket per service, whatever the path', async () => {
    const limits = new RateLimits(slow, fixture().buckets)
    expect(limits.of('image', glance)).toBe(limits.of('image', 'https://cloud.example:9292/'))
    limits.of('image', glance).pause(60)
    await limits.of('compute', glance).acquire()
  })

  it('shares a bucket between two clouds on one server, and with no cloud on another', async () => {
    const { timing, buckets } = fixture()
    const one = new RateLimits(slow, buckets)
    const two = new RateLimits(slow, buckets)
    const gone: string[] = []
    void one
      .of('image', glance)
      .acquire()
      .then(() => gone.push('one'))
    void two
      .of('image', glance)
      .acquire()
      .then(() => gone.push('two'))
    void two
      .of('image', 'https://other.example/image')
      .acquire()
      .then(() => gone.push('elsewhere'))
    await settle()
    expect(gone).toEqual(['one', 'elsewhere'])
    await timing.pass(1_000)
    expect(gone).toEqual(['one', 'elsewhere', 'two'])
  })

  it('makes a cloud wait when the service asked another one on the same server to', async () => {
    const { timing, buckets } = fixture()
    new RateLimits(fast, buckets).of('image', glance).pause(30)
    const gone: number[] = []
    void new RateLimits(fast, buckets)
      .of('image', glance)
      .acquire()
      .then(() => gone.push(1))
    await timing.pass(29_999)
    expect(gone).toEqual([])
    await timing.pass(1)
    expect(gone).toEqual([1])
  })

  it('goes at the pace of the slowest cloud as long as that one is there', async () => {
    const { timing, buckets } = fixture()
    const one = new RateLimits(fast, buckets)
    const two = new RateLimits(slow, buckets)
    const bucket = one.of('image', glance)
    expect(two.of('image', glance)).toBe(bucket)
    let gone = 0
    for (let call = 0; call < 13; call++) void bucket.acquire().then(() => gone++)
    await settle()
    expect(gone).toBe(1)
    await timing.pass(2_000)
    expect(gone).toBe(3)
    two.close()
    await timing.pass(1_000)
    expect(gone).toBe(13)
  })

  it('forgets a bucket that nobody uses any more', async () => {
    const { buckets } = fixture()
    const one = new RateLimits(slow, buckets)
    const bucket = one.of('image', glance)
    one.close()
    expect(new RateLimits(slow, buckets).of('image', glance)).not.toBe(bucket)
  })
})
