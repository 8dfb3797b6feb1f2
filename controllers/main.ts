/** Starts the operator: `node controllers/main.ts --help`. */
import { asFailure } from '../pkg/failure/failure.ts'
import { createLogger } from '../pkg/kube/log.ts'
import { runOperator } from './operator.ts'
import { readOptions } from './options.ts'

const options = readOptions(process.argv.slice(2))
const logger = createLogger({ level: options.logLevel })
const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
try {
  await runOperator(options, logger, stop.signal)
  process.exit(0)
} catch (error) {
  logger.error({ err: error }, asFailure(error).message)
  process.exit(1)
}
