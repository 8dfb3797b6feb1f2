import { rmSync } from 'node:fs'
import { HARNESS_MARK } from './harness.ts'
import { killUntilGone, processesMarked } from './process-table.ts'

// Usage: keeper.ts HARNESS_ID DIRECTORY. Waits until standard input ends, which is when the harness is gone, then kills
// every process that carries the harness's mark and removes its directory.

const [id, directory] = process.argv.slice(2)
if (!id || !directory) throw new Error('usage: keeper.ts HARNESS_ID DIRECTORY')

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.stdin.resume()
process.stdin.on('error', () => {})
process.stdin.on('close', async () => {
  await killUntilGone(() => processesMarked(HARNESS_MARK, (value) => value === id), 60_000)
  rmSync(directory, { recursive: true, force: true })
})
