import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessIdentity } from './process-table.ts'

/** Environment variable that marks every process bound to a harness; its value is the harness's id. */
export const HARNESS_MARK = 'AUXO_LAB_HARNESS'

/**
 * The process that tests or a demo run in. Whatever is bound to it ends with it, even if it is killed by SIGKILL:
 * a small keeper process holds a pipe to it, and the kernel closes that pipe whichever way the harness ends.
 */
export interface Harness {
  readonly id: string
  /** Removed by the keeper when the harness ends. */
  readonly directory: string
  /** Tells the keeper of a session to end, beside the processes that carry the mark. */
  bind(leader: ProcessIdentity): void
}

let current: Harness | undefined

/** This process's harness; the first call starts its keeper. */
export function harness(): Harness {
  current ??= startHarness()
  return current
}

/** Environment for a short-lived command that nobody supervises: the keeper ends it if the harness is killed meanwhile. */
export function boundEnvironment(): Record<string, string> {
  return { [HARNESS_MARK]: harness().id }
}

/** A new empty directory that goes away with the harness. */
export function harnessDirectory(name: string): string {
  return mkdtempSync(join(harness().directory, `${name}-`))
}

function startHarness(): Harness {
  const id = randomUUID()
  const directory = join(tmpdir(), `auxo-lab-${id.slice(0, 8)}`)
  mkdirSync(directory, { mode: 0o700 })
  const { [HARNESS_MARK]: _, ...environment } = process.env // or an outer harness's keeper would end ours too early
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('./keeper.ts', import.meta.url)), id, directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: environment,
  })
  keeper.unref()
  // The pipe must not keep the harness's event loop alive.
  ;(keeper.stdin as unknown as { unref(): void }).unref()
  keeper.stdin.on('error', () => {}) // a keeper that somebody killed
  return { id, directory, bind: ({ pid, startTime }) => void keeper.stdin.write(`${pid} ${startTime}\n`) }
}
