import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cached } from './cache.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'auxo-test-'))
  vi.stubEnv('AUXO_CACHE', root)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

function entry(inputs: string[], build = vi.fn(async (at: string) => writeFileSync(join(at, 'file'), inputs.join()))) {
  return { name: 'thing', inputs, build }
}

describe('the cache', () => {
  it('builds once per content', async () => {
    const first = entry(['a', 'b'])
    const directory = await cached(first)
    expect(await cached(entry(['a', 'b'], first.build))).toBe(directory)
    expect(first.build).toHaveBeenCalledTimes(1)
    expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('a,b')
    expect(await cached(entry(['ab']))).not.toBe(directory)
  })

  it('lets a second builder wait for the first', async () => {
    const slow = vi.fn(async (at: string) => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      writeFileSync(join(at, 'file'), '')
    })
    const [one, two] = await Promise.all([cached(entry(['x'], slow)), cached(entry(['x'], slow))])
    expect(one).toBe(two)
    expect(slow).toHaveBeenCalledTimes(1)
  })

  it('shows nothing of a build that failed, and starts again', async () => {
    const failing = vi.fn(async (at: string) => {
      writeFileSync(join(at, 'half'), '')
      throw new Error('disk full')
    })
    await expect(cached(entry(['x'], failing))).rejects.toThrow('disk full')
    const directory = await cached(entry(['x']))
    expect(readdirSync(directory)).toEqual(['file'])
  })

  it('removes old versions that nobody has used for a week', async () => {
    const old = await cached(entry(['old']))
    const recent = await cached(entry(['recent']))
    mkdirSync(join(root, 'other-0123456789abcdef'))
    const monthAgo = Date.now() / 1000 - 30 * 24 * 3600
    utimesSync(old, monthAgo, monthAgo)
    utimesSync(join(root, 'other-0123456789abcdef'), monthAgo, monthAgo)
    await cached(entry(['new']))
    expect([existsSync(old), existsSync(recent), existsSync(join(root, 'other-0123456789abcdef'))]).toEqual([
      false,
      true,
      true,
    ])
  })
})
