import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from '../cache.ts'
import { CLOUD_SOURCES, installedSources } from './install.ts'
import type { Service } from './services.ts'

/**
 * The golden state: databases, keys and files of a freshly seeded cloud. It takes a minute to make, so it is made once
 * per set of services and kept in the cache; its addresses and paths are rewritten after it is copied (`localize`).
 */

/** All that is state; what a reset under running services swaps is marked. */
const STATE = { mysql: 'swapped', glance: 'swapped', cinder: 'swapped', keystone: 'kept', nova: 'kept' } as const

const run = promisify(execFile)

/** Directory of the golden state for these services; `make` fills it. */
export function goldenState(
  services: readonly Service[],
  make: (directory: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<string> {
  const templates = readdirSync(join(CLOUD_SOURCES, 'conf')).sort()
  const files = [...templates.map((name) => `conf/${name}`), 'seed.py', 'database.ts', 'services.ts']
  const inputs = [...installedSources(), ...files.map((file) => readFileSync(join(CLOUD_SOURCES, file), 'utf8'))]
  return cached({ name: `cloud-${services.join('-')}`, inputs, build: make, signal })
}

/** Copies the state of a stopped cloud. */
export function saveState(site: string, golden: string): Promise<void> {
  return copy(site, golden, Object.keys(STATE))
}

/** Puts the golden state into a cloud that is down, or only what may be swapped under one that is up. */
export async function restoreState(golden: string, site: string, { running = false } = {}): Promise<void> {
  const names = Object.entries(STATE).filter(([, kind]) => !running || kind === 'swapped')
  await copy(
    golden,
    site,
    names.map(([name]) => name),
  )
}

async function copy(from: string, to: string, names: readonly string[]): Promise<void> {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  for (const name of names) rmSync(join(to, name), { recursive: true, force: true })
  const sources = names.map((name) => join(from, name)).filter((path) => existsSync(path))
  await run('cp', ['-a', '--sparse=always', '--reflink=auto', ...sources, to])
}
