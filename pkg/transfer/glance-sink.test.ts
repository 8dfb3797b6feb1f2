import { describe, expect, test } from 'vitest'
import type { FaultAction } from '../../test/cloud/faults.ts'
import { eventually } from '../../test/support/eventually.ts'
import { cloudFixture } from '../openstack/testing/cloud-fixture.ts'
import { GlanceSink, StagingSink } from './glance-sink.ts'
import { MemorySource, sampleBytes } from './testing/fakes.ts'
import type { TransferJob, TransferState } from './transfer.ts'
import { TransferError } from './transfer-error.ts'
import { Transfers } from './transfers.ts'

const { start, session } = cloudFixture()
const id = '2f1a1a0e-6f5c-4f0e-9b1c-1d2c3b4a5f60'
const bytes = sampleBytes(1_000_000)

async function fixture() {
  const cloud = await start()
  const { images } = session(cloud.cloudsYaml())
  await images.create({ id, name: 'w11', disk_format: 'raw', container_format: 'bare' })
  const source = new MemorySource(bytes)
  source.chunkSize = 64_000
  const stop = new AbortController()
  const transfers = new Transfers({ pauseMs: () => 50, blockBytes: 100_000 })
  const transfer = (job: Partial<TransferJob> = {}) =>
    transfers.start(id, { source, sink: new GlanceSink(images, id), signal: stop.signal, ...job })
  const settled = () =>
    eventually('the end', (): TransferState | undefined => {
      const state = transfers.get(id)
      return state?.state === 'Succeeded' || state?.state === 'Failed' ? state : undefined
    })
  const status = async () => (await images.get(id))?.status
  return { cloud, images, source, stop, transfers, transfer, settled, status }
}

test.each(['known', 'unknown'])('data of %s length becomes the image, and Glance has the same hash', async (length) => {
  const { images, source, transfer, settled } = await fixture()
  if (length === 'unknown') source.total = undefined
  transfer()
  const { digests } = await settled()
  expect(await images.get(id)).toMatchObject({
    status: 'active',
    size: bytes.length,
    os_hash_algo: 'sha512',
    os_hash_value: digests?.SHA512,
  })
})

describe('nothing half-written becomes active', () => {
  test.each(['known', 'unknown'])('when the checksum is wrong (%s length)', async (length) => {
    const { source, transfer, settled, status } = await fixture()
    if (length === 'unknown') source.total = undefined
    transfer({ checksum: { algorithm: 'SHA256', value: '0'.repeat(64) } })
    expect(await settled()).toMatchObject({ failure: { class: 'InvalidSpec', code: 'ChecksumMismatch' } })
    await eventually('the image to be empty again', async () => (await status()) === 'queued')
  })

  test('when the transfer is stopped', async () => {
    const { source, transfers, transfer, status, stop } = await fixture()
    const { open } = source
    source.open = async (options) => {
      const opened = await open.call(source, options)
      const stream = (async function* () {
        yield* opened.stream
        await new Promise((_, reject) => options.signal.addEventListener('abort', () => reject(new Error('stopped'))))
      })()
      return { ...opened, total: bytes.length + 1, stream }
    }
    transfer()
    await eventually('bytes under way', () => transfers.get(id)?.bytes === bytes.length)
    stop.abort()
    await eventually('the image to be empty again', async () => (await status()) === 'queued')
    expect(transfers.get(id)).toBeUndefined()
  })
})

describe('a cloud that fails', () => {
  const put = { service: 'image', method: 'PUT' }

  test.each<FaultAction>([
    { type: 'ResetDuring', bytes: 300_000 },
    { type: 'ResetBefore' },
    { type: 'Status', status: 503 },
  ])('for a moment gets the data again: $type', async (action) => {
    const { cloud, transfer, settled, status } = await fixture()
    cloud.faults.add({ match: put, action })
    transfer()
    expect(await settled()).toMatchObject({ state: 'Succeeded' })
    expect(await status()).toBe('active')
  })

  test('with its disk full says so', async () => {
    const { cloud, transfer, settled } = await fixture()
    cloud.faults.add({ match: put, action: { type: 'Status', status: 413 } })
    transfer()
    expect(await settled()).toMatchObject({ state: 'Failed', failure: { class: 'Quota' } })
  })

  test('to answer leaves the digests, by which the image can be known', async () => {
    const { cloud, images, transfer, settled } = await fixture()
    cloud.faults.add({ match: put, action: { type: 'ResetAfter' } })
    transfer()
    const { state, digests } = await settled()
    expect(state).toBe('Failed')
    expect(await images.get(id)).toMatchObject({ status: 'active', os_hash_value: digests?.SHA512 })
  })
})

describe('the staging area', () => {
  async function staging(record: (sha512: string) => Promise<void>) {
    const { images, transfer, ...rest } = await fixture()
    transfer({ sink: new StagingSink(images, id, record) })
    return { images, ...rest }
  }

  test('has the data, and it is on record what it hashes to before the transfer counts as done', async () => {
    const recorded: string[] = []
    const { settled, images } = await staging(async (sha512) => {
      expect(await images.get(id)).toMatchObject({ status: 'uploading', size: bytes.length })
      recorded.push(sha512)
    })
    expect(await settled()).toMatchObject({ state: 'Succeeded', digests: { SHA512: recorded[0] } })
    await images.import(id, { method: 'glance-direct' })
    await eventually('the image is active', async () => (await images.get(id))?.os_hash_value === recorded[0])
  })

  test('is no end where that could not be recorded', async () => {
    const { settled } = await staging(async () => {
      throw new TransferError('no', { class: 'Refused', code: 'Nope' })
    })
    expect(await settled()).toMatchObject({ state: 'Failed', failure: { code: 'Nope' } })
  })
})
