import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

/** What the numbers were measured on. */
export interface Machine {
  date: string
  cores: number
  processor: string
  memoryGiB: number
  kernel: string
  node: string
  /** Short hash of the commit; `+` behind it: the working tree had changes. */
  commit: string
}

export function thisMachine(root: string, now: Date): Machine {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', '--', 'controllers', 'pkg') !== ''
  return {
    date: now.toISOString().slice(0, 10),
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`,
  }
}
