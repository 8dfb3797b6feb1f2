import { appendFile, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Spool } from './spool.ts'
import type { SpoolFile } from './spool-file.ts'
import { chunksOf, collect, sampleBytes } from './testing/fakes.ts'
import { Uploads } from './uploads.ts'

const bytes = sampleBytes(100_000)
const { signal } = new AbortController()
let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spool-'))
})
afterEach(() => rm(directory, { recursive: true }))

const open = async () => (await Spool.open({ directory, reserveBytes: 0 })).file('uid-1', 'desktops/w11')

async function write(file: SpoolFile, content: Uint8Array): Promise<void> {
  const writer = file.writer()
  for await (const chunk of chunksOf(content, 7_000)) await writer.append(chunk)
  await writer.commit()
}

describe('a spooled file', () => {
  test('is what was written, in this life and the next', async () => {
    const file = await open()
    await file.begin(bytes.length)
    await write(file, bytes.subarray(0, 60_000))
    await file.close()
    const again = await open()
    expect(again).toMatchObject({ offset: 60_000, length: bytes.length })
    await write(again, bytes.subarray(60_000))
    expect(await collect(again.read(0, signal))).toEqual(bytes)
    expect(await collect(again.read(99_000, signal))).toEqual(bytes.subarray(99_000))
    await again.close()
  })

  test('forgets a tail that was never acknowledged', async () => {
    const file = await open()
    await file.begin(bytes.length)
    await write(file, bytes.subarray(0, 60_000))
    await file.close()
    await appendFile(join(directory, 'uid-1.data'), Buffer.alloc(5_000))
    const again = await open()
    expect(again.offset).toBe(60_000)
    expect((await stat(join(directory, 'uid-1.data'))).size).toBe(60_000)
    await again.close()
  })

  test('counts no more than it has, whatever is recorded', async () => {
    const file = await open()
    await file.begin(bytes.length)
    await write(file, bytes.subarray(0, 60_000))
    await file.close()
    await truncate(join(directory, 'uid-1.data'), 1_000)
    let again = await open()
    expect(again.offset).toBe(1_000)
    await again.close()
    await writeFile(join(directory, 'uid-1.offset'), '')
    again = await open()
    expect(again.offset).toBe(0)
    await again.close()
  })

  test('is read while it fills', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 8 }), async (sizes) => {
        const length = sizes.reduce((sum, size) => sum + size, 0)
        const content = sampleBytes(length)
        const file = await open()
        await file.begin(length)
        const reading = collect(file.read(0, signal))
        let offset = 0
        for (const size of sizes) {
          await write(file, content.subarray(offset, offset + size))
          offset += size
        }
        expect(await reading).toEqual(content)
        await file.close()
      }),
      { numRuns: 15 },
    )
  })

  test('that begins anew sends readers and writers away', async () => {
    const file = await open()
    await file.begin(bytes.length)
    const reading = collect(file.read(0, signal))
    reading.catch(() => {})
    const writer = file.writer()
    await writer.append(bytes.subarray(0, 10))
    await file.begin(5)
    await expect(reading).rejects.toMatchObject({ code: 'SourceChanged' })
    await expect(writer.append(bytes.subarray(0, 10))).rejects.toMatchObject({ status: 409 })
    expect(file).toMatchObject({ offset: 0, length: 5 })
    await file.close()
  })

  test('a reader is let go by its signal, and when the file is closed', async () => {
    const file = await open()
    await file.begin(bytes.length)
    const stop = new AbortController()
    const first = collect(file.read(0, stop.signal))
    stop.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    const second = collect(file.read(0, signal))
    second.catch(() => {})
    await file.close()
    await expect(second).rejects.toMatchObject({ code: 'SourceChanged' })
    await expect(file.begin(5)).rejects.toMatchObject({ status: 503 })
  })

  test('keeps what came without being acknowledged yet when it is closed in good order', async () => {
    const file = await open()
    await file.begin(bytes.length)
    await file.writer().append(bytes.subarray(0, 60_000))
    expect(file.offset).toBe(0)
    await file.close()
    const again = await open()
    expect(again.offset).toBe(60_000)
    await write(again, bytes.subarray(60_000))
    expect(await collect(again.read(0, signal))).toEqual(bytes)
    await again.close()
  })

  test('is safe from a process that lost it without knowing', async () => {
    const frozen = await open()
    await frozen.begin(bytes.length)
    const stale = frozen.writer()
    await stale.append(bytes.subarray(0, 60_000))
    const owner = await open()
    expect(owner.offset).toBe(0)
    await write(owner, bytes.subarray(0, 10_000))
    await stale.commit()
    const third = await open()
    expect(third.offset).toBe(10_000)
    const other = Buffer.from(bytes.toReversed())
    await third.begin(other.length)
    await stale.append(bytes.subarray(60_000))
    await stale.commit()
    await write(third, other)
    expect(await collect(third.read(0, signal))).toEqual(other)
    await Promise.all([frozen.close(), owner.close(), third.close()])
    const last = await open()
    expect(last.offset).toBe(bytes.length)
    expect(await collect(last.read(0, signal))).toEqual(other)
    await last.close()
  })
})

test('room that is promised to others is not given away', async () => {
  const spool = await Spool.open({ directory, reserveBytes: 0 })
  const huge = 2 ** 50
  const file = await spool.file('uid-1', 'x')
  await expect(file.begin(huge)).rejects.toMatchObject({ status: 507, code: 'SpoolFull', class: 'Quota' })
  await file.begin(1_000)
  // Perhaps another replica's.
  await writeFile(join(directory, 'uid-2.json'), JSON.stringify({ name: 'y', length: huge }))
  await expect(file.begin(1_000)).rejects.toMatchObject({ status: 507 })
  await file.close()
})

test('no uid leads out of the directory', async () => {
  const spool = await Spool.open({ directory })
  await expect(spool.file('../x', 'x')).rejects.toThrow(/no uid/)
  await expect(spool.remove('a/b')).rejects.toThrow(/no uid/)
})

test('uploads are found again, and removed', async () => {
  const before = new Uploads({ spool: await Spool.open({ directory, reserveBytes: 0 }) })
  for (const uid of ['uid-1', 'uid-2']) {
    await (await before.open({ uid, key: `desktops/${uid}` })).begin(100)
    await before.close(uid)
  }
  const after = new Uploads({ spool: await Spool.open({ directory, reserveBytes: 0 }) })
  expect(new Set(await after.spooled())).toEqual(new Set(['uid-1', 'uid-2']))
  await after.remove('uid-1')
  expect((await readdir(directory)).sort()).toEqual(['uid-2.data', 'uid-2.json', 'uid-2.offset'])
  expect((await after.open({ uid: 'uid-2', key: 'desktops/uid-2' })).length).toBe(100)
  await after.remove('uid-2')
  expect(await readdir(directory)).toEqual([])
})

test('what one replica releases another goes on with, and back', async () => {
  const replicas = await Promise.all(
    [1, 2].map(async () => new Uploads({ spool: await Spool.open({ directory, reserveBytes: 0 }) })),
  )
  const upload = { uid: 'uid-1', key: 'desktops/w11' }
  let offset = 0
  await (await replicas[0]?.open(upload))?.begin(bytes.length)
  await replicas[0]?.release(() => true)
  for (const uploads of [...replicas, ...replicas]) {
    const session = await uploads.open(upload)
    expect(session).toMatchObject({ offset, length: bytes.length })
    offset = await session.receive(chunksOf(bytes.subarray(offset, offset + 25_000), 7_000), { offset })
    await uploads.release((key) => key === 'desktops/other')
    expect(await uploads.get('uid-1')).toBe(session)
    await uploads.release((key) => key === 'desktops/w11')
    expect(await uploads.get('uid-1')).toBeUndefined()
  }
  expect(offset).toBe(bytes.length)
})
