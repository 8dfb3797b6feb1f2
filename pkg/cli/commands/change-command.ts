import type { Command } from 'commander'
import type { Applied } from '../../kube/client.ts'
import { isConflict } from '../../kube/errors.ts'
import type { ResourceType } from '../../kube/resource.ts'
import type { Cluster } from '../cluster.ts'
import type { Environment } from '../environment.ts'
import { errorLine } from '../error-line.ts'
import { existingObject, nounOf } from '../existing-object.ts'
import { CliError, EXIT, exitCodeOf } from '../exit-code.ts'
import { FIELD_MANAGER } from '../field-manager.ts'
import { outputOption, withCluster } from '../global-options.ts'
import type { AnyObject } from '../kinds.ts'
import { type ObjectFormat, printObjects } from '../object-output.ts'
import { examplesText } from './list-command.ts'

/** A command that sets one field of each object that is named. */
export interface ChangeCommand<O extends AnyObject> {
  type: ResourceType<O>
  verb: string
  /** What is printed after the name: `disabled`. */
  done: string
  summary: string
  description: string
  examples: readonly string[]
  /** The field to apply. */
  field: (metadata: { namespace: string; name: string }) => Applied<O>
  /** Throws where the change would have no effect. */
  assertEffective?: (object: O) => void
}

interface ChangeOptions {
  force?: boolean
  output?: ObjectFormat
}

export function addChange<O extends AnyObject>(
  group: Command,
  environment: Environment,
  change: ChangeCommand<O>,
): void {
  group
    .command(change.verb)
    .argument('<name...>', `${nounOf(change.type)}s`)
    .summary(change.summary)
    .description(change.description)
    .option('--force', 'take the field from whoever set it (another tool may set it again)')
    .addOption(outputOption('json', 'yaml', 'name'))
    .addHelpText('after', examplesText(change.examples))
    .action(async (names: string[], options: ChangeOptions, command: Command) => {
      await withCluster(environment, command, async (cluster) => {
        const changed = await changeAll(cluster, [...new Set(names)], change, options, environment)
        if (options.output === undefined) return
        const objects = changed.length === 1 && names.length === 1 ? (changed[0] ?? changed) : changed
        environment.stdout.write(printObjects(objects, options.output))
      })
    })
}

/** Every object is tried; the first failure decides the exit code. */
async function changeAll<O extends AnyObject>(
  cluster: Cluster,
  names: string[],
  change: ChangeCommand<O>,
  options: ChangeOptions,
  environment: Environment,
): Promise<O[]> {
  const changed: O[] = []
  const failures: unknown[] = []
  for (const name of names) {
    try {
      changed.push(await changeOne(cluster, name, change, options.force === true, environment.signal))
      if (options.output === undefined) environment.stdout.write(`${nounOf(change.type)} ${name} ${change.done}\n`)
    } catch (error) {
      environment.signal.throwIfAborted()
      failures.push(error)
    }
  }
  const [first, ...others] = failures
  if (first === undefined) return changed
  for (const failure of others) environment.stderr.write(`error: ${errorLine(failure)}\n`)
  throw first instanceof CliError ? first : new CliError(errorLine(first), exitCodeOf(first), { cause: first })
}

async function changeOne<O extends AnyObject>(
  cluster: Cluster,
  name: string,
  change: ChangeCommand<O>,
  force: boolean,
  signal: AbortSignal,
): Promise<O> {
  const found = await existingObject(cluster, change.type, name, signal)
  change.assertEffective?.(found)
  const applied = change.field({ namespace: cluster.namespace, name })
  // Apply would make an object that is not there; its uid as a precondition forbids that, also in a race.
  const { uid } = found.metadata
  const metadata = { ...applied.metadata, ...(uid === undefined ? {} : { uid }) }
  try {
    const options = { fieldManager: FIELD_MANAGER, force, signal }
    return await cluster.client.apply(change.type, { ...applied, metadata }, options)
  } catch (error) {
    if (!isConflict(error)) throw error
    throw new CliError(`${errorLine(error)}; change it where it is set, or use --force`, EXIT.failed, { cause: error })
  }
}
