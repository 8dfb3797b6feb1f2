import { randomBytes } from 'node:crypto'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { apiVersionOf } from '../../kube/resource.ts'
import type { Cluster } from '../cluster.ts'
import { type ResizeWishes, resizeManifest } from '../desktop-resize-manifest.ts'
import type { Environment } from '../environment.ts'
import { existingObject } from '../existing-object.ts'
import { CliError } from '../exit-code.ts'
import { FIELD_MANAGER } from '../field-manager.ts'
import { type GlobalOptions, outputOption, withCluster } from '../global-options.ts'
import { type DesktopResize, desktopResizes, desktops } from '../kinds.ts'
import { ObjectFollower } from '../object-follower.ts'
import { type ObjectFormat, printObjects } from '../object-output.ts'
import { ResizeSteps } from '../resize-steps.ts'
import { painter } from '../terminal.ts'
import { examplesText } from './list-command.ts'
import { parseSeconds } from './parse-seconds.ts'

/** Reasons that the steps show anyway. */
const EXPECTED = [
  ...['NotSeen', 'Outdated', 'Pending', 'Holding', 'Locking', 'PoweringOff', 'CreatingFlavor', 'Resizing'],
  ...['Confirming', 'Reverting', 'Recovering', 'CleaningUp', 'PoweringOn', 'Unlocking'],
]

/** Outcomes after which the desktop has what was asked for. */
const GOOD = ['Succeeded', 'Unchanged', 'Skipped']

interface ResizeOptions extends Pick<ResizeWishes, 'cpus' | 'memory' | 'mode'> {
  wait?: boolean
  timeout: number
  output?: ObjectFormat
}

export function addDesktopResize(desktop: Command, environment: Environment): void {
  desktop
    .command('resize')
    .argument('<name>', 'desktop')
    .summary('give a desktop other CPUs and memory')
    .description(
      'Give a desktop other CPUs and memory: makes a DesktopResize and prints its name. What is left out stays as it ' +
        'is; without both, what spec.resources of the desktop asks for. It goes on without this program: Ctrl-C ends ' +
        'only the waiting.',
    )
    .option('--cpus <number>', 'virtual CPUs', parseCpus)
    .option('--memory <size>', 'memory: 8Gi', parseMemory)
    .addOption(
      new Option('--mode <mode>', 'Cold: power off first; Hot: restart by Nova; Auto: Hot if it runs').choices([
        'Cold',
        'Hot',
        'Auto',
      ]),
    )
    .option('--wait', 'show the steps until it has ended; exits with 1 unless the desktop has the size then')
    .option('--timeout <seconds>', 'longest wait without any change; 0: none', parseSeconds, 1800)
    .addOption(outputOption('json', 'yaml', 'name'))
    .addHelpText(
      'after',
      examplesText([
        'kubectl auxo desktop resize pc-042 --cpus 4 --memory 8Gi --wait',
        'kubectl auxo desktop resize pc-042 --memory 16Gi --mode Auto -n desktops',
        'kubectl auxo desktop resize pc-042 --cpus 4 -o name',
      ]),
    )
    .action((name: string, options: ResizeOptions, command: Command) => resize(name, options, command, environment))
}

async function resize(name: string, options: ResizeOptions, command: Command, environment: Environment): Promise<void> {
  await withCluster(environment, command, async (cluster) => {
    const { signal, stdout } = environment
    await existingObject(cluster, desktops, name, signal)
    const { cpus, memory, mode } = options
    const wishes = { namespace: cluster.namespace, desktop: name, cpus, memory, mode, suffix: newSuffix() }
    const made = await cluster.client.create(desktopResizes, resizeManifest(wishes), {
      fieldManager: FIELD_MANAGER,
      signal,
    })
    if (options.output === undefined) stdout.write(`desktopresize ${made.metadata.name} created\n`)
    const last = options.wait ? await ended(cluster, made, options, command, environment) : made
    if (options.output !== undefined) {
      const typed = { ...last, apiVersion: apiVersionOf(desktopResizes), kind: desktopResizes.kind }
      stdout.write(printObjects(typed, options.output))
    }
    if (options.wait) judge(last, options, environment)
  })
}

/** The resize once it has an outcome; its steps are shown meanwhile. */
async function ended(
  cluster: Cluster,
  { metadata }: DesktopResize,
  { timeout }: ResizeOptions,
  command: Command,
  { stderr, variables, signal }: Environment,
): Promise<DesktopResize> {
  const { color } = command.optsWithGlobals<GlobalOptions>()
  const steps = new ResizeSteps(stderr, painter(stderr, variables, color))
  const follower = new ObjectFollower({
    cluster,
    type: desktopResizes,
    name: metadata.name,
    expected: EXPECTED,
    note: (text) => stderr.write(`${text}\n`),
    timeoutMs: timeout * 1000,
  })
  try {
    return await follower.until((seen) => {
      steps.show(seen)
      return seen.status?.outcome === undefined ? undefined : seen
    }, signal)
  } catch (error) {
    if (signal.aborted) stderr.write(`interrupted; the resize goes on: kubectl get desktopresize ${metadata.name} -w\n`)
    throw error
  }
}

/** Says what came of it; throws unless the desktop has what was asked for. */
function judge({ spec, status }: DesktopResize, options: ResizeOptions, { stdout }: Environment): void {
  const { outcome = 'Unknown', from, to } = status ?? {}
  if (!GOOD.includes(outcome)) {
    const { reason, message } = status?.conditions?.find(({ type }) => type === 'Succeeded') ?? {}
    const why = [reason, message].filter((part) => part !== undefined && part !== '').join(': ')
    throw new CliError(`desktop ${spec.desktopRef.name} was not resized: ${outcome}${why === '' ? '' : `: ${why}`}`)
  }
  if (options.output !== undefined) return
  const change = outcome === 'Succeeded' && from ? `${from.size} → ${to?.size ?? ''}` : 'it has the size already'
  stdout.write(`desktop ${spec.desktopRef.name}: ${change}\n`)
}

/** Five characters that a name may have. */
function newSuffix(): string {
  return Array.from(randomBytes(5), (byte) => 'bcdfghjklmnpqrstvwxz2456789'.at(byte % 27)).join('')
}

function parseCpus(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(text)
}

function parseMemory(text: string): string {
  if (!/^[1-9]\d{0,8}(Mi|Gi|Ti)$/.test(text)) throw new InvalidArgumentError('It must be a size such as 512Mi or 8Gi.')
  return text
}
