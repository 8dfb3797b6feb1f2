import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { HARNESS_MARK } from './harness.ts'
import {
  isRunning,
  killUntilGone,
  type ProcessIdentity,
  processesInSessions,
  processesMarked,
} from './process-table.ts'

// Usage: keeper.ts HARNESS_ID DIRECTORY. Reads leaders of sessions ("PID STARTTIME") until standard input ends, which
// is when the harness is gone; then kills those sessions and every process that carries the harness's mark, and removes
// the harness's directory.

const [id, directory] = process.argv.slice(2)
if (!id || !directory) throw new Error('usage: keeper.ts HARNESS_ID DIRECTORY')

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.stdin.on('error', () => {})

let leaders: ProcessIdentity[] = []
for await (const line of createInterface({ input: process.stdin })) {
  const [pid, startTime = ''] = line.split(' ')
  leaders = [...leaders.filter(isRunning), { pid: Number(pid), startTime }]
}
leaders = leaders.filter(isRunning)
const marked = () => processesMarked(HARNESS_MARK, (value) => value === id)
await killUntilGone(() => [...new Set([...marked(), ...processesInSessions(leaders)])], 60_000)
rmSync(directory, { recursive: true, force: true })
