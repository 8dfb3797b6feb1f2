import { readFileSync } from 'node:fs'

/** Seconds of processor time that processes have used, so far: says more than a clock where others compute as well. */
export function processorSeconds(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, in brackets, may hold anything; user and system time are fields 14 and 15.
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    ticks += user + system
  }
  return ticks / 100
}

/** What named groups of processes use from here on. */
export class ProcessorMeter {
  readonly #groups: ReadonlyMap<string, () => readonly number[]>
  readonly #before: ReadonlyMap<string, number>

  constructor(groups: Record<string, () => readonly number[]>) {
    this.#groups = new Map(Object.entries(groups))
    this.#before = this.#read()
  }

  /** `processor time: operator 1.20 s, API server 2.31 s`. */
  toString(): string {
    const used = [...this.#read()].map(([name, now]) => `${name} ${(now - (this.#before.get(name) ?? 0)).toFixed(2)} s`)
    return `processor time: ${used.join(', ')}`
  }

  #read(): Map<string, number> {
    return new Map([...this.#groups].map(([name, pids]) => [name, processorSeconds(pids())]))
  }
}
