/** What a bench is told. */
export interface BenchContext {
  /** A small run that shows whether the bench works; its numbers mean nothing. */
  quick: boolean
  /** Where the operator leaves its CPU profiles; undefined: it makes none. */
  profileDirectory: string | undefined
  /** Says what is going on, to whoever waits. */
  say(text: string): void
  signal: AbortSignal
}

/** What a bench found. */
export interface BenchResult {
  /** The numbers, in one line. */
  measured: string
  /** Whether every bar is met. */
  met: boolean
  /** What helps to understand them, a line each. */
  details: string[]
}

/** One row of the table. */
export interface Bench {
  /** How it is named on the command line. */
  name: string
  what: string
  bar: string
  run(context: BenchContext): Promise<BenchResult>
}
