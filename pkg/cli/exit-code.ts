import { Failure } from '../failure/failure.ts'

/** Exit codes, as `--help` documents them. */
export const EXIT = {
  ok: 0,
  /** It failed, or something is not ready. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** An object, a file or the API itself is not there. */
  notFound: 3,
  /** The API server or the upload gateway refuses this user. */
  refused: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An error that a person can act on: one line, what is wrong, where, what to do. */
export class CliError extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

/** What the process exits with after this error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode
  if (!(error instanceof Failure)) return EXIT.failed
  if (error.status === 401 || error.status === 403) return EXIT.refused
  return error.class === 'NotFound' ? EXIT.notFound : EXIT.failed
}
