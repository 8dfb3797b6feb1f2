import { Command, InvalidArgumentError } from 'commander'
import { ALL_SERVICES, type Service } from './cloud/services.ts'
import { Lab, type PartStatus } from './lab.ts'
import { PART_NAMES, PARTS, type PartName } from './parts.ts'

// `npm run lab -- up|down|reset|status`: what developers bring up beside their work. See README.md.

interface Options {
  name: string
  portBase?: number
  services: Service[]
  json?: boolean
}

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
process.once('SIGTERM', () => interrupted.abort(new Error('terminated')))

const program = new Command('lab').description('Brings up real things to develop and test against.')

command('up', 'start parts (default: all); they go on running after the command')
  .option('--port-base <number>', 'first of 30 consecutive ports (default: free ones)', number)
  .option('--services <list>', 'of the cloud, separated by commas; what they need comes along', services, ALL_SERVICES)
  .action(async (parts: PartName[], options: Options) => {
    const lab = new Lab(options.name)
    let offset = 0
    for (const part of PART_NAMES) {
      const firstPort = options.portBase === undefined ? undefined : options.portBase + offset
      offset += PARTS[part].portCount
      if (parts.length > 0 && !parts.includes(part)) continue
      show([await lab.up(part, { firstPort, services: options.services, signal: interrupted.signal })])
    }
  })

command('down', 'stop parts (default: all) and remove their data').action(
  async (parts: PartName[], options: Options) => {
    const lab = new Lab(options.name)
    for (const part of parts.length > 0 ? parts : lab.parts().reverse()) await lab.down(part)
  },
)

command('reset', 'put parts (default: all that are up) back to their first state, at the same addresses').action(
  async (parts: PartName[], options: Options) => {
    const lab = new Lab(options.name)
    for (const part of parts.length > 0 ? parts : lab.parts()) await lab.reset(part)
  },
)

program
  .command('status')
  .description('show what is up, in all labs')
  .option('--json', 'as JSON')
  .action((options: Options) => {
    const all = Lab.names().flatMap((name) => {
      const lab = new Lab(name)
      return lab.parts().map((part) => lab.status(part))
    })
    if (options.json) console.log(JSON.stringify(all, null, 2))
    else if (all.length === 0) console.log('nothing is up')
    else show(all)
  })

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('[parts...]', PART_NAMES.join(', '), parts)
    .option('--name <name>', 'of the lab: several can be up at once', 'default')
}

function parts(value: string, previous: PartName[] = []): PartName[] {
  const part = PART_NAMES.find((name) => name === value)
  if (!part) throw new InvalidArgumentError(`parts are ${PART_NAMES.join(', ')}`)
  return [...previous, part]
}

function services(value: string): Service[] {
  return value.split(',').map((name) => {
    const service = ALL_SERVICES.find((known) => known === name)
    if (!service) throw new InvalidArgumentError(`services are ${ALL_SERVICES.join(', ')}`)
    return service
  })
}

function number(value: string): number {
  const port = Number(value)
  if (!Number.isInteger(port) || port < 1024 || port > 65_000)
    throw new InvalidArgumentError('a port from 1024 to 65000')
  return port
}

function show(statuses: readonly PartStatus[]): void {
  for (const { lab, part, state, facts, processes } of statuses) {
    console.log(`${lab}/${part}: ${state}`)
    for (const [name, value] of Object.entries(facts)) console.log(`  ${name}=${value}`)
    const names = processes.map(({ name, pid, running }) => `${name} ${running ? pid : '(ended)'}`)
    console.log(`  processes: ${names.join(', ')}`)
  }
}
