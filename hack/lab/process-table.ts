import { readdirSync, readFileSync } from 'node:fs'

/**
 * What Linux knows about the running processes. Every process that the lab starts carries a mark in its environment;
 * children inherit it, whatever sessions they open and whoever adopts them. It also leads a session, which holds those
 * descendants that overwrote their environment (setproctitle does). Mark and session find all that a start led to.
 */

/** One process exactly: its pid and its start time in clock ticks since boot. */
export interface ProcessIdentity {
  pid: number
  startTime: string
}

/** Start time of a process in clock ticks since boot. Zombies count as gone. */
export function startTimeOf(pid: number): string | undefined {
  return statusOf(pid)?.startTime
}

export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startTime
}

/**
 * Pids of the running processes in the sessions that these processes lead. Make sure before the first call that the
 * leaders run (`isRunning`): a session that has lost its leader says nothing about whose it was.
 */
export function processesInSessions(leaders: readonly ProcessIdentity[]): number[] {
  if (leaders.length === 0) return []
  const sessions = new Set(leaders.map(({ pid }) => `${pid}`))
  return allPids().filter((pid) => sessions.has(statusOf(pid)?.session ?? ''))
}

/** Pids of the running processes with `variable` in their environment and a value that `matches`. */
export function processesMarked(variable: string, matches: (value: string) => boolean): number[] {
  const prefix = `${variable}=`
  return allPids().filter((pid) => {
    const environment = read(`/proc/${pid}/environ`)
    const entry = environment?.split('\0').find((line) => line.startsWith(prefix))
    return entry !== undefined && matches(entry.slice(prefix.length)) && startTimeOf(pid) !== undefined
  })
}

/** Sends a signal; a process that ended meanwhile is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** SIGKILLs what `find` returns until it returns nothing: a process may fork between being seen and being killed. */
export async function killUntilGone(find: () => number[], timeoutMs = 10_000): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  for (let pids = find(); pids.length > 0; pids = find()) {
    if (performance.now() > deadline) return false
    for (const pid of pids) signalProcess(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}

function statusOf(pid: number): { startTime: string; session: string } | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name in parentheses may itself hold spaces and parentheses. See proc(5) for the numbers of the fields.
  const [state, , , session = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' || state === 'X' ? undefined : { startTime: rest[15] ?? '', session }
}

function allPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

/** A file of /proc, or undefined: the process ended meanwhile, or belongs to someone else. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
