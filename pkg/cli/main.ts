import { openCluster } from './cluster.ts'
import { EXIT } from './exit-code.ts'
import { run } from './run.ts'

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // Whoever asks twice does not want to wait.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted)
    interruption.abort(new Error('interrupted'))
  })
}
// The reader of a pipe went away (`| head`): there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed),
)

process.exitCode = await run({
  stdout: process.stdout,
  stderr: process.stderr,
  variables: process.env,
  argv: process.argv.slice(2),
  signal: interruption.signal,
  openCluster,
})
