import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Entries that nobody used for this long are removed when a newer one of the same name is made. */
const UNUSED_MS = 7 * 24 * 3600 * 1000

/** What to keep under which key, and how to make it. */
export interface CacheEntry {
  name: string
  /** Everything that the content depends on: sources, pinned versions, the toolchain's version. */
  inputs: readonly string[]
  /** Fills the (empty) directory; it is moved to its final path afterwards. */
  build(directory: string): Promise<void>
  signal?: AbortSignal | undefined
}

/** Where built and downloaded things live: outside the checkout, shared by all checkouts of a user. */
export function cacheRoot(): string {
  if (process.env['AUXO_CACHE']) return process.env['AUXO_CACHE']
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'auxo')
}

/**
 * The entry's directory, made first if it is not there. Entries appear whole or not at all, and two builders of the
 * same entry do not both work: the second waits for the first.
 */
export async function cached(entry: CacheEntry): Promise<string> {
  const directory = join(cacheRoot(), `${entry.name}-${digest(entry.inputs)}`)
  if (existsSync(directory)) return touched(directory)
  mkdirSync(cacheRoot(), { recursive: true })
  const release = await lock(directory, entry.signal)
  try {
    if (existsSync(directory)) return touched(directory)
    const scratch = `${directory}.building`
    rmSync(scratch, { recursive: true, force: true }) // of a builder that was killed: we hold the lock
    mkdirSync(scratch)
    await entry.build(scratch)
    renameSync(scratch, directory)
    prune(entry.name, directory)
    return directory
  } finally {
    release()
  }
}

function digest(inputs: readonly string[]): string {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}:`).update(input)
  return hash.digest('hex').slice(0, 16)
}

function touched(directory: string): string {
  const now = new Date()
  utimesSync(directory, now, now)
  return directory
}

function prune(name: string, current: string): void {
  for (const file of readdirSync(cacheRoot())) {
    const path = join(cacheRoot(), file)
    if (path === current || !new RegExp(`^${name}-[0-9a-f]{16}$`).test(file)) continue
    if (Date.now() - statSync(path).mtimeMs > UNUSED_MS) rmSync(path, { recursive: true, force: true })
  }
}

/** Takes a lock that the kernel lets go of when this process ends in any way: an abstract Unix socket. */
async function lock(directory: string, signal?: AbortSignal): Promise<() => void> {
  for (;;) {
    signal?.throwIfAborted()
    const server = createServer().unref()
    const path = `\0auxo-cache-${createHash('sha256').update(directory).digest('hex').slice(0, 32)}`
    const taken = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      )
      server.listen({ path }, () => resolve(true))
    })
    if (taken) return () => server.close()
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
