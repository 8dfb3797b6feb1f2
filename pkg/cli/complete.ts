import type { Argument, Command, Option } from 'commander'
import type { KubeObject, ResourceType } from '../kube/resource.ts'
import type { Cluster } from './cluster.ts'
import type { Environment } from './environment.ts'
import { clouds, desktops, images, projectQuotas } from './kinds.ts'
import { buildProgram } from './program.ts'

/** cobra's ShellCompDirective: files may be offered where nothing else was found, or must not be. */
const DIRECTIVE = { default: 0, noFiles: 4 } as const
const TIME_LIMIT_MS = 2000
const NAMESPACES: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}

/** What an argument `name` is a name of, by the command, or the group of commands, that takes it. */
const NAMED: Record<string, ResourceType> = { image: images, desktop: desktops, quota: projectQuotas }

interface Candidates {
  /** `value`, or `value<tab>description`. */
  values: string[]
  files?: boolean
}

/** Where the cursor is. */
interface Place {
  command: Command
  /** Arguments (no options) of that command before the cursor. */
  given: string[]
  /** The option whose value is being typed. */
  option?: Option | undefined
  /** Values of options so far, by attribute name. */
  options: Record<string, string>
}

/**
 * What could stand at the end of `words`, in the form of cobra's `__complete`, which kubectl asks its plugins for: one
 * candidate a line, then `:<directive>`.
 */
export async function complete(environment: Environment, words: readonly string[]): Promise<string> {
  const partial = words.at(-1) ?? ''
  const place = placeOf(buildProgram(environment), words.slice(0, -1))
  const { values, files = false } = await candidates(place, partial, environment)
  const matching = values.filter((value) => value.startsWith(partial))
  return [...matching, `:${files ? DIRECTIVE.default : DIRECTIVE.noFiles}`].map((line) => `${line}\n`).join('')
}

function placeOf(program: Command, words: readonly string[]): Place {
  const place: Place = { command: program, given: [], options: {} }
  for (const word of words) {
    if (place.option !== undefined) {
      place.options[place.option.attributeName()] = word
      place.option = undefined
    } else if (word.startsWith('-')) {
      const [flag = '', value] = word.split('=', 2)
      const option = optionsOf(place.command).find(({ long, short }) => long === flag || short === flag)
      if (option !== undefined && value !== undefined) place.options[option.attributeName()] = value
      else if (option?.required) place.option = option
    } else {
      const next = place.command.commands.find((known) => known.name() === word || known.aliases().includes(word))
      if (next === undefined) place.given.push(word)
      else place.command = next
    }
  }
  return place
}

/** The command's own options and those of all commands above it. */
function optionsOf(command: Command): Option[] {
  const own = [...command.options]
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)]
}

async function candidates(place: Place, partial: string, environment: Environment): Promise<Candidates> {
  const { command, option, given } = place
  if (option !== undefined) return await valuesOf(option, place, environment)
  if (partial.startsWith('-')) {
    return { values: optionsOf(command).flatMap(({ long, description }) => (long ? [`${long}\t${description}`] : [])) }
  }
  if (command.commands.length > 0) {
    return { values: command.commands.map((known) => `${known.name()}\t${known.summary()}`) }
  }
  const argument = argumentAt(command, given.length)
  if (argument?.argChoices !== undefined) return { values: argument.argChoices }
  if (argument?.name() === 'file') return { values: [], files: true }
  const type = NAMED[command.name()] ?? NAMED[command.parent?.name() ?? '']
  if (argument?.name() !== 'name' || type === undefined) return { values: [] }
  const names = await namesOf(type, place, environment)
  return { values: names.filter((name) => !given.includes(name)) }
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const last = command.registeredArguments.at(-1)
  return command.registeredArguments[index] ?? (last?.variadic ? last : undefined)
}

async function valuesOf(option: Option, place: Place, environment: Environment): Promise<Candidates> {
  if (option.argChoices !== undefined) return { values: option.argChoices }
  if (option.long === '--cloud') return { values: await namesOf(clouds, place, environment) }
  if (option.long === '--namespace') return { values: await namesOf(NAMESPACES, place, environment) }
  return { values: [], files: option.long === '--kubeconfig' }
}

/** Names that the cluster knows; none where it does not answer at once: nobody wants to read errors at the prompt. */
async function namesOf(type: ResourceType, place: Place, environment: Environment): Promise<string[]> {
  const { kubeconfig, context, namespace } = place.options
  let cluster: Cluster | undefined
  try {
    cluster = await environment.openCluster({ kubeconfig, context, namespace }, () => undefined)
    const where = type === NAMESPACES ? {} : { namespace: cluster.namespace }
    const signal = AbortSignal.any([environment.signal, AbortSignal.timeout(TIME_LIMIT_MS)])
    const { items } = await cluster.client.list<KubeObject>(type, { ...where, limit: 500, signal })
    return items.map(({ metadata }) => metadata.name)
  } catch {
    return []
  } finally {
    await cluster?.close()
  }
}
