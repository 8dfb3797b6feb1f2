import { CommanderError } from 'commander'
import { complete } from './complete.ts'
import type { Environment } from './environment.ts'
import { errorDetails, errorLine } from './error-line.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts'
import { buildProgram } from './program.ts'
import { painter } from './terminal.ts'

/** Runs one command line; the exit code. Errors go to stderr, one line each. */
export async function run(environment: Environment): Promise<ExitCode> {
  const { argv, signal, stderr, variables } = environment
  try {
    if (argv[0] === '__complete') {
      environment.stdout.write(await complete(environment, argv.slice(1)))
      return EXIT.ok
    }
    await buildProgram(environment).parseAsync(argv, { from: 'user' })
    return EXIT.ok
  } catch (error) {
    // Commander has printed its own already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (signal.aborted) return EXIT.interrupted
    const paint = painter(stderr, variables, !argv.includes('--no-color'))
    stderr.write(`${paint('red', 'error:')} ${errorLine(error)}\n`)
    if (argv.includes('--verbose')) stderr.write(`${errorDetails(error)}\n`)
    return exitCodeOf(error)
  }
}
