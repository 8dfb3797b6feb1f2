import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from '../lab/cache.ts'
import { LabError } from '../lab/lab-error.ts'
import { Progress } from '../lab/progress.ts'

const run = promisify(execFile)
const MODULE = import.meta.dirname
const ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath -mod=readonly' }

/**
 * Path of a program of this folder's Go module, built into the cache the first time.
 *
 * @param path package, as `go build` takes it.
 * @param sources files of the package that are ours.
 */
export async function goProgram(
  name: string,
  path: string,
  sources: readonly string[] = [],
  signal?: AbortSignal,
): Promise<string> {
  const contents = ['go.mod', 'go.sum', ...sources].map((file) => readFileSync(join(MODULE, file), 'utf8'))
  const { stdout: toolchain } = await go(['env', 'GOVERSION', 'GOOS', 'GOARCH'], signal)
  const directory = await cached({
    name,
    inputs: [path, toolchain, ...contents],
    signal,
    build: async (target) => {
      const progress = new Progress(`building ${name} (once; kept in the cache)`)
      progress.update(0, 1)
      await go(['build', '-ldflags', '-s -w', '-o', join(target, name), path], signal)
      progress.done()
    },
  })
  return join(directory, name)
}

async function go(args: readonly string[], signal?: AbortSignal) {
  try {
    return await run('go', args, { cwd: MODULE, env: { ...process.env, ...ENVIRONMENT }, signal, maxBuffer: 16 << 20 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new LabError('Go 1.26 or newer is needed to build the judges: https://go.dev/dl', 'GoMissing', error)
  }
}
