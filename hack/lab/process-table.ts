import { readdirSync, readFileSync } from 'node:fs'

/**
 * What Linux knows about the running processes. Every process that the lab starts carries a mark in its environment;
 * children inherit it, whatever sessions they open and whoever adopts them, so a mark finds all that a start led to.
 */

/** Start time of a process in clock ticks since boot: with the pid it names one process exactly. Zombies count as gone. */
export function startTimeOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name in parentheses may itself hold spaces and parentheses. See proc(5): state is field 3, starttime field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
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
