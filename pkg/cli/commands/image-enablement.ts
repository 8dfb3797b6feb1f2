import type { Command } from 'commander'
import { isConflict } from '../../kube/errors.ts'
import type { Cluster } from '../cluster.ts'
import type { Environment } from '../environment.ts'
import { errorLine } from '../error-line.ts'
import { CliError, EXIT, exitCodeOf } from '../exit-code.ts'
import { outputOption, withCluster } from '../global-options.ts'
import { ENABLEMENT_MANAGER } from '../image-manifest.ts'
import { type Image, images } from '../kinds.ts'
import { type ObjectFormat, printObjects } from '../object-output.ts'

interface EnablementOptions {
  force?: boolean
  output?: ObjectFormat
}

export function addImageEnable(image: Command, environment: Environment): void {
  addEnablement(image, environment, {
    verb: 'enable',
    enablement: 'Enabled',
    summary: 'let images be used for new templates',
    description: 'Let images be used for new templates again.',
  })
}

export function addImageDisable(image: Command, environment: Environment): void {
  addEnablement(image, environment, {
    verb: 'disable',
    enablement: 'Disabled',
    summary: 'keep images from being used for new templates',
    description: 'Keep images from being used for new templates. Templates and desktops that exist keep working.',
  })
}

interface Enablement {
  verb: 'enable' | 'disable'
  enablement: 'Enabled' | 'Disabled'
  summary: string
  description: string
}

function addEnablement(image: Command, environment: Environment, wanted: Enablement): void {
  image
    .command(wanted.verb)
    .argument('<name...>', 'images')
    .summary(wanted.summary)
    .description(wanted.description)
    .option('--force', 'take the field from whoever set it (another tool may set it again)')
    .addOption(outputOption('json', 'yaml', 'name'))
    .addHelpText(
      'after',
      `
Examples:
  kubectl auxo image ${wanted.verb} windows-10
  kubectl auxo image ${wanted.verb} windows-10 windows-11 -n desktops`,
    )
    .action(async (names: string[], options: EnablementOptions, command: Command) => {
      await withCluster(environment, command, async (cluster) => {
        const changed = await setAll(cluster, [...new Set(names)], wanted, options, environment)
        if (options.output !== undefined) {
          const objects = changed.length === 1 && names.length === 1 ? (changed[0] ?? changed) : changed
          environment.stdout.write(printObjects(objects, options.output))
        }
      })
    })
}

/** Every image is tried; the first failure decides the exit code. */
async function setAll(
  cluster: Cluster,
  names: string[],
  wanted: Enablement,
  options: EnablementOptions,
  environment: Environment,
): Promise<Image[]> {
  const changed: Image[] = []
  const failures: unknown[] = []
  for (const name of names) {
    try {
      const image = await setOne(cluster, name, wanted, options.force === true, environment.signal)
      changed.push(image)
      if (options.output === undefined) environment.stdout.write(`image ${name} ${wanted.verb}d\n`)
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

async function setOne(
  { client, namespace }: Cluster,
  name: string,
  { enablement }: Enablement,
  force: boolean,
  signal: AbortSignal,
): Promise<Image> {
  // Apply would make an Image that is not there; its uid as a precondition forbids that, also in a race.
  const found = await client.get(images, { namespace, name }, { signal })
  if (found === undefined) throw new CliError(`there is no image ${name} in namespace ${namespace}`, EXIT.notFound)
  const { uid } = found.metadata
  const metadata = { namespace, name, ...(uid === undefined ? {} : { uid }) }
  try {
    return await client.apply(
      images,
      { metadata, spec: { enablement } },
      { fieldManager: ENABLEMENT_MANAGER, force, signal },
    )
  } catch (error) {
    if (!isConflict(error)) throw error
    throw new CliError(`${errorLine(error)}; change it where it is set, or use --force`, EXIT.failed, { cause: error })
  }
}
