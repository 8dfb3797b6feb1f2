import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { ContentDigests } from './content-digest.ts'
import type { OpenedSource } from './source.ts'
import { chunksOf, failure, hexDigest, MemorySink, MemorySource, sampleBytes } from './testing/fakes.ts'
import type { TransferJob, TransferState } from './transfer.ts'
import { Transfers, type TransfersOptions } from './transfers.ts'

const stop = new AbortController()
afterEach(() => expect(stop.signal.aborted).toBe(false))

/** Runs one job to its end. */
async function transfer(job: Omit<TransferJob, 'signal'>, options: TransfersOptions = {}): Promise<TransferState> {
  const transfers = new Transfers({ pauseMs: () => 0, blockBytes: 500, ...options })
  transfers.start('job', { ...job, signal: stop.signal })
  return settled(transfers, 'job')
}

function settled(transfers: Transfers, key: string): Promise<TransferState> {
  return eventually(`end of ${key}`, () => {
    const state = transfers.get(key)
    return state?.state === 'Succeeded' || state?.state === 'Failed' ? state : undefined
  })
}

const bytes = sampleBytes(10_500)

describe('a transfer', () => {
  test('delivers the bytes, their size and their digests', async () => {
    const source = new MemorySource(bytes)
    const sink = new MemorySink()
    const checksum = { algorithm: 'SHA256', value: hexDigest('sha256', bytes).toUpperCase() } as const
    const state = await transfer({ source, sink, checksum })
    expect(state).toMatchObject({ state: 'Succeeded', bytes: 10_500, total: 10_500, written: 10_500 })
    expect(state.digests).toEqual({ SHA512: hexDigest('sha512', bytes), SHA256: hexDigest('sha256', bytes) })
    expect(sink.got(bytes)).toBe(true)
    expect(sink.sizes).toEqual([10_500])
    expect(source.outcomes).toEqual([undefined])
  })

  test('delivers the same bytes however they are cut, and wherever connections are lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 2_000 }),
        fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 6 }),
        async (length, chunkSize, cuts) => {
          const source = new MemorySource(bytes.subarray(0, length))
          Object.assign(source, { chunkSize, cuts: [...cuts] })
          const sink = new MemorySink()
          const state = await transfer({ source, sink })
          expect(state).toMatchObject({ state: 'Succeeded' })
          expect(sink.got(bytes.subarray(0, length))).toBe(true)
          expect(state.digests?.SHA512).toBe(hexDigest('sha512', bytes.subarray(0, length)))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('goes on where the source was lost, while the sink stays open', async () => {
    const source = new MemorySource(bytes)
    source.cuts = [3_000, 4_000]
    const sink = new MemorySink()
    expect(await transfer({ source, sink })).toMatchObject({ state: 'Succeeded', note: undefined })
    expect(source.opens).toEqual([0, 3_000, 7_000])
    expect(sink).toMatchObject({ writes: 1, brokenOff: 0 })
  })

  test('gives up on a source that stays lost, and nothing becomes usable', async () => {
    const source = new MemorySource(bytes)
    source.cuts = [5_000, 0, 0, 0, 0, 0]
    const sink = new MemorySink()
    const state = await transfer({ source, sink })
    expect(state).toMatchObject({ state: 'Failed', failure: { class: 'Unavailable', code: 'ConnectionLost' } })
    expect(sink).toMatchObject({ writes: 1, brokenOff: 1, complete: [] })
  })

  test('begins anew when the source changed', async () => {
    const source = new MemorySource(bytes)
    source.cuts = [3_000]
    const sink = new MemorySink()
    const open = source.open.bind(source)
    source.open = async (options): Promise<OpenedSource> => {
      const second = options.offset > 0
      if (second) source.bytes = bytes.subarray(0, 9_000)
      if (second) Object.assign(source, { total: 9_000, validator: 'two' })
      return open(options)
    }
    expect(await transfer({ source, sink })).toMatchObject({ state: 'Succeeded', total: 9_000, written: 9_000 })
    expect(sink).toMatchObject({ writes: 2, brokenOff: 1, complete: [bytes.subarray(0, 9_000)] })
  })

  test('begins anew when the sink lost its bytes', async () => {
    const source = new MemorySource(bytes)
    const sink = new MemorySink()
    sink.failures = [{ after: 4_000, failure: failure('Unavailable') }]
    expect(await transfer({ source, sink })).toMatchObject({ state: 'Succeeded', bytes: 10_500 })
    expect(sink).toMatchObject({ writes: 2, complete: [bytes] })
    expect(source.outcomes).toMatchObject([{ class: 'Unavailable' }, undefined])
  })

  test('leaves other failures of the sink, and repeated ones, to the caller', async () => {
    const quota = new MemorySink()
    quota.failures = [{ after: 4_000, failure: failure('Quota') }]
    expect(await transfer({ source: new MemorySource(bytes), sink: quota })).toMatchObject({
      state: 'Failed',
      failure: { class: 'Quota' },
    })
    const broken = new MemorySink()
    broken.failures = Array.from({ length: 9 }, () => ({ after: 0, failure: failure('Unavailable') }))
    expect(await transfer({ source: new MemorySource(bytes), sink: broken })).toMatchObject({ state: 'Failed' })
    expect(broken.writes).toBe(3)
  })

  test('keeps the digests of a sink that failed after the last byte: it may have everything', async () => {
    const sink = new MemorySink()
    sink.failures = [{ after: 1_000_000, failure: failure('Conflict') }]
    const state = await transfer({ source: new MemorySource(bytes), sink })
    expect(state).toMatchObject({ state: 'Failed', digests: { SHA512: hexDigest('sha512', bytes) } })
  })

  test('counts a sink that did not take everything as failed', async () => {
    const sink = { write: async () => {} }
    expect(await transfer({ source: new MemorySource(bytes), sink })).toMatchObject({
      state: 'Failed',
      failure: { code: 'SinkStoppedEarly' },
    })
  })

  test('unpacks, checking the published file and hashing the content', async () => {
    const packed = gzipSync(bytes)
    const checksum = { algorithm: 'MD5', value: hexDigest('md5', packed) } as const
    const sink = new MemorySink()
    const state = await transfer({ source: new MemorySource(packed), sink, checksum, decompress: 'Gzip' })
    expect(state).toMatchObject({ state: 'Succeeded', bytes: packed.length, written: bytes.length })
    expect(state.digests).toEqual({ SHA512: hexDigest('sha512', bytes) })
    expect(sink).toMatchObject({ complete: [bytes], sizes: [undefined] })
  })
})

describe('what is wrong is refused, and nothing becomes usable', () => {
  async function refused(job: Partial<TransferJob>, code: string, message: RegExp, writes: number, sourceOf = bytes) {
    const source = new MemorySource(sourceOf)
    if (job.maxBytes !== undefined) source.total = undefined
    const sink = new MemorySink()
    const state = await transfer({ source, sink, ...job })
    expect(state).toMatchObject({ state: 'Failed', failure: { class: 'InvalidSpec', code } })
    expect(state.failure?.message).toMatch(message)
    expect(sink).toMatchObject({ complete: [], writes, brokenOff: writes })
    expect(source.outcomes).toMatchObject([{ code }])
  }

  const wrong = '0'.repeat(64)
  test('a wrong checksum, with both values', () =>
    refused(
      { checksum: { algorithm: 'SHA256', value: wrong } },
      'ChecksumMismatch',
      new RegExp(`${hexDigest('sha256', bytes)}.*${wrong}`),
      1,
    ))
  test('a wrong checksum of a single chunk, without touching the sink', () =>
    refused(
      { checksum: { algorithm: 'SHA256', value: wrong } },
      'ChecksumMismatch',
      /checksum/,
      0,
      bytes.subarray(0, 99),
    ))
  test('a checksum of the wrong length', async () => {
    const checksum = { algorithm: 'SHA512', value: wrong } as const
    const state = await transfer({ source: new MemorySource(bytes), sink: new MemorySink(), checksum })
    expect(state).toMatchObject({ failure: { code: 'InvalidChecksum' }, bytes: 0 })
  })
  test('another format', () => refused({ format: 'qcow2' }, 'FormatMismatch', /qcow2 but is raw/, 0))
  test('an announced size that differs', () => refused({ size: 5 }, 'SizeMismatch', /10500 bytes, but 5/, 0))
  test('a source that goes on', () => refused({ maxBytes: 5_000 }, 'TooLarge', /5000/, 1))
  test('an empty source', () => refused({}, 'EmptySource', /empty/, 0, Buffer.alloc(0)))
  test('a bomb', () =>
    refused({ decompress: 'Gzip', maxBytes: 2_000_000 }, 'TooLarge', /2000000/, 1, gzipSync(Buffer.alloc(3_000_000))))
  test('what is not packed', () => refused({ decompress: 'Gzip' }, 'DecompressionFailed', /gzip/, 0))
})

describe('several transfers', () => {
  /** A source that gives its chunks when told. */
  class HandFed extends MemorySource {
    readonly gates: (() => void)[] = []
    override async open(options: Parameters<MemorySource['open']>[0]): Promise<OpenedSource> {
      const { signal } = options
      const opened = await super.open(options)
      const gates = this.gates
      const stream = (async function* () {
        for await (const chunk of opened.stream) {
          await new Promise<void>((resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason), { once: true })
            gates.push(resolve)
          })
          yield chunk
        }
      })()
      return { ...opened, stream }
    }
    async feed(): Promise<void> {
      ;(await eventually('a reader', () => this.gates.shift()))()
    }
  }

  const job = (source: MemorySource, sink = new MemorySink()) => ({ source, sink, signal: stop.signal })

  test('run a few at a time, first come, first served', async () => {
    const transfers = new Transfers({ concurrency: 2, idleMs: 60_000 })
    const sources = Array.from({ length: 4 }, () => new HandFed(bytes.subarray(0, 1_000)))
    for (const [index, source] of sources.entries()) transfers.start(`${index}`, job(source))
    const states = () => sources.map((_, index) => transfers.get(`${index}`)?.state)
    expect(states()).toEqual(['Running', 'Running', 'Queued', 'Queued'])
    await sources[1]?.feed()
    await settled(transfers, '1')
    expect(states()).toEqual(['Running', 'Succeeded', 'Running', 'Queued'])
    await sources[0]?.feed()
    await settled(transfers, '0')
    expect(states()).toEqual(['Succeeded', 'Succeeded', 'Running', 'Running'])
    await Promise.all(['2', '3'].map((key) => transfers.stop(key)))
    expect(states()).toEqual(['Succeeded', 'Succeeded', undefined, undefined])
  })

  test('one whose source waits gives its place away, and still ends well', async () => {
    const transfers = new Transfers({ concurrency: 1, idleMs: 50 })
    const waiting = new HandFed(bytes.subarray(0, 1_000))
    transfers.start('waiting', job(waiting))
    transfers.start('fast', job(new MemorySource(bytes)))
    expect(await settled(transfers, 'fast')).toMatchObject({ state: 'Succeeded' })
    expect(transfers.get('waiting')).toMatchObject({ state: 'Running', bytes: 0 })
    await waiting.feed()
    expect(await settled(transfers, 'waiting')).toMatchObject({ state: 'Succeeded' })
  })

  test('a second start of the same key changes nothing; after the end it replaces', async () => {
    const transfers = new Transfers({ blockBytes: 1_000 })
    const source = new HandFed(bytes.subarray(0, 1_000))
    const never = new MemorySource(bytes)
    transfers.start('a', job(source))
    transfers.start('a', job(never))
    await source.feed()
    await settled(transfers, 'a')
    expect(never.opens).toEqual([])
    transfers.start('a', job(never))
    await eventually('the second', () => transfers.get('a')?.total === bytes.length)
  })

  test('stopping one lets go of source and sink and forgets it, queued or running', async () => {
    const transfers = new Transfers({ concurrency: 1, idleMs: 60_000, blockBytes: 1_000 })
    const sink = new MemorySink()
    const source = new HandFed(bytes)
    transfers.start('a', job(source, sink))
    transfers.start('b', job(new MemorySource(bytes)))
    await source.feed()
    await source.feed()
    await eventually('bytes', () => transfers.get('a')?.bytes === 2_000)
    await transfers.stop('b')
    await transfers.stop('a')
    expect(transfers.get('a')).toBeUndefined()
    expect(transfers.get('b')).toBeUndefined()
    expect(sink).toMatchObject({ complete: [], brokenOff: 1 })
  })

  test("a job's own signal ends it; one that is aborted already does not begin", async () => {
    const transfers = new Transfers({ blockBytes: 1_000 })
    const own = new AbortController()
    const sink = new MemorySink()
    const heard: string[] = []
    transfers.subscribe((key) => heard.push(`${key} ${transfers.get(key)?.state}`))
    transfers.start('a', { source: new HandFed(bytes), sink, signal: own.signal })
    own.abort()
    expect(transfers.get('a')).toBeUndefined()
    transfers.start('b', { source: new MemorySource(bytes), sink, signal: own.signal })
    expect(transfers.get('b')).toBeUndefined()
    expect(heard).toEqual(['a Queued', 'a Running', 'a undefined'])
  })

  test('subscribers hear of states and of progress, until they leave', async () => {
    const transfers = new Transfers({ progressIntervalMs: 20 })
    const heard: (number | undefined)[] = []
    const leave = transfers.subscribe((key) => heard.push(transfers.get(key)?.bytes))
    const source = new HandFed(bytes.subarray(0, 3_000))
    transfers.start('a', job(source))
    await source.feed()
    await eventually('news of 1,000 bytes', () => heard.includes(1_000))
    leave()
    const { length } = heard
    await source.feed()
    await source.feed()
    await settled(transfers, 'a')
    expect(heard).toHaveLength(length)
  })

  test('large contents that are hashed on a thread arrive whole, or not at all', async () => {
    const digests = new ContentDigests(1_000)
    const source = () => new MemorySource(bytes)
    const [good, bad] = [new MemorySink(), new MemorySink()]
    const checksum = { algorithm: 'MD5', value: '0'.repeat(32) } as const
    const [whole, refused] = await Promise.all([
      transfer({ source: source(), sink: good }, { digests }),
      transfer({ source: source(), sink: bad, checksum }, { digests }),
    ])
    expect(whole).toMatchObject({ state: 'Succeeded', digests: { SHA512: hexDigest('sha512', bytes) } })
    expect(good.got(bytes)).toBe(true)
    expect(refused).toMatchObject({ state: 'Failed', failure: { code: 'ChecksumMismatch' } })
    expect(bad).toMatchObject({ complete: [], brokenOff: 1 })
  })

  test('what hashes is let go, however the transfer ends', async () => {
    let open = 0
    const digests = {
      begin: () => {
        open++
        return { update: async () => {}, digests: async () => ({}), close: async () => void open-- }
      },
    }
    const sink = new MemorySink()
    sink.failures = [{ after: 2_000, failure: failure('Quota') }]
    expect(await transfer({ source: new MemorySource(bytes), sink }, { digests })).toMatchObject({ state: 'Failed' })
    expect(open).toBe(0)
    const transfers = new Transfers({ blockBytes: 1_000, digests })
    const source = new HandFed(bytes)
    transfers.start('a', job(source, sink))
    await source.feed()
    await eventually('its beginning', () => open === 1)
    await transfers.stop('a')
    expect(open).toBe(0)
  })

  test('memory stays constant: the source is not read ahead of the sink', async () => {
    const source = new MemorySource(bytes)
    let pulled = 0
    source.open = async () => ({
      stream: (async function* () {
        for await (const chunk of chunksOf(bytes, 500)) {
          pulled += chunk.length
          yield chunk
        }
      })(),
      total: bytes.length,
    })
    let ahead = 0
    const sink = {
      async write(stream: AsyncIterable<Uint8Array>) {
        let taken = 0
        for await (const chunk of stream) {
          ahead = Math.max(ahead, pulled - taken)
          taken += chunk.length
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
    }
    expect(await transfer({ source, sink })).toMatchObject({ state: 'Succeeded' })
    // The chunk in hand and the one held back.
    expect(ahead).toBeLessThanOrEqual(1_000)
  })
})
