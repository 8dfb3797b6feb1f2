import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { request } from 'undici'
import { boundEnvironment, harnessDirectory } from '../harness.ts'
import { LabError } from '../lab-error.ts'
import { freePortRange } from '../ports.ts'
import { type Lifetime, ProcessSupervisor } from '../processes.ts'
import { openStackEnvironment, processesOf, rabbitCommand, serviceCommand } from './commands.ts'
import { authUrl, type CloudSite, IMPORT_METHODS, writeCloudsYaml, writeConfiguration } from './configuration.ts'
import { CloudDatabase } from './database.ts'
import { goldenState, restoreState, saveState } from './golden.ts'
import { CLOUD_SOURCES, installOpenStack } from './install.ts'
import {
  ALL_SERVICES,
  catalogueOf,
  PORT_COUNT,
  portsFrom,
  SERVICES,
  type Service,
  type ServiceProcess,
  withNeeds,
} from './services.ts'

/** What to start, and where. */
export interface OpenStackOptions {
  /** Which services; what they need comes with them. Fewer start faster and take less memory. Default: all. */
  services?: readonly Service[]
  /** First of nine consecutive ports on 127.0.0.1. Default: free ones. */
  portBase?: number
  /** Default: a new directory that goes away with this process. */
  directory?: string
  /** Default `bound`: ends with this process. */
  lifetime?: Lifetime
  /** Glance's `enabled_import_methods`; default all four. Downloads are allowed from 127.0.0.1 and localhost, any port. */
  importMethods?: readonly string[]
  signal?: AbortSignal | undefined
}

/** A running OpenStack, with its users: admin, demo and demo2 (members), reader. */
export interface OpenStack {
  /** Path of clouds.yaml: clouds `admin`, `demo`, `demo2`, `reader` (by password), `demo-appcred`. */
  readonly cloudsYaml: string
  /** Keystone's address, `http://127.0.0.1:PORT/v3`. */
  readonly authUrl: string
  readonly services: readonly Service[]
  /** Base address of a service's API, without a version's path (but Keystone's catalogue has them). */
  url(service: Service): string
  /** Directory of its configuration, logs (`log/NAME.log`) and files (Glance's: `glance/fast`). */
  readonly directory: string
  /** Back to the freshly seeded state within seconds. Finish what is running first: tokens and sessions stay valid. */
  reset(): Promise<void>
  /** Ends one process in good order, to act an outage. */
  stopService(name: ServiceProcess): Promise<void>
  /** SIGKILL. */
  killService(name: ServiceProcess): Promise<void>
  /** Starts it again; resolves when its API answers. */
  startService(name: ServiceProcess): Promise<void>
  /** Pids of all its processes. */
  pids(): number[]
  /** Stops everything; removes the directory unless it was given. */
  stop(): Promise<void>
}

/** Starts a real OpenStack; resolves when it is ready. Installs and seeds it first where that was not done before. */
export async function startOpenStack(options: OpenStackOptions = {}): Promise<OpenStack> {
  const services = withNeeds(options.services ?? ALL_SERVICES)
  const venv = await installOpenStack(options.signal)
  const golden = await goldenState(
    services,
    (target) => makeGolden(services, venv, target, options.signal),
    options.signal,
  )
  const directory = options.directory ?? harnessDirectory('cloud')
  const first = options.portBase ?? ((await freePortRange(PORT_COUNT))[0] as number)
  if (directory.length > 90)
    throw new LabError(`${directory} is too long a path for a Unix socket in it`, 'PathTooLong')
  const importMethods = options.importMethods ?? IMPORT_METHODS
  const site: CloudSite = { directory, venv, services, ports: portsFrom(first), importMethods }
  const supervisor = new ProcessSupervisor(directory, options.lifetime ?? 'bound')
  const cloud = new LocalCloud(site, supervisor, {
    golden,
    temporary: options.directory === undefined,
    signal: options.signal,
  })
  try {
    await cloud.start()
  } catch (error) {
    await supervisor.stopAll({ now: true })
    throw error
  }
  return cloud
}

async function makeGolden(services: Service[], venv: string, target: string, signal?: AbortSignal): Promise<void> {
  process.stderr.write(`seeding a cloud of ${services.join(', ')} (once; kept in the cache)\n`)
  const directory = harnessDirectory('seed')
  const ports = portsFrom((await freePortRange(PORT_COUNT))[0] as number)
  const site: CloudSite = { directory, venv, services, ports, importMethods: IMPORT_METHODS }
  const supervisor = new ProcessSupervisor(directory, 'bound')
  const cloud = new LocalCloud(site, supervisor, { golden: undefined, temporary: true, signal })
  try {
    await cloud.seed()
    await cloud.shutDown()
    await saveState(directory, target)
  } finally {
    await supervisor.stopAll({ now: true })
  }
  rmSync(directory, { recursive: true, force: true })
}

/** Takes over a cloud that another command has left running in a directory. */
export function attachOpenStack(directory: string): OpenStack {
  const { site, golden } = JSON.parse(readFileSync(siteFile(directory), 'utf8')) as { site: CloudSite; golden: string }
  const state = { golden, temporary: false, signal: undefined }
  return new LocalCloud(site, new ProcessSupervisor(directory, 'kept'), state)
}

function siteFile(directory: string): string {
  return join(directory, 'site.json')
}

interface CloudState {
  /** Directory of the golden state; undefined while that is being made. */
  golden: string | undefined
  /** Whether the directory goes away at the end. */
  temporary: boolean
  signal: AbortSignal | undefined
}

class LocalCloud implements OpenStack {
  readonly cloudsYaml: string
  readonly authUrl: string
  readonly services: readonly Service[]
  readonly directory: string
  readonly #site: CloudSite
  readonly #supervisor: ProcessSupervisor
  readonly #database: CloudDatabase
  readonly #state: CloudState

  constructor(site: CloudSite, supervisor: ProcessSupervisor, state: CloudState) {
    this.#site = site
    this.#supervisor = supervisor
    this.#database = new CloudDatabase(site, supervisor)
    this.#state = state
    this.cloudsYaml = join(site.directory, 'clouds.yaml')
    this.authUrl = authUrl(site)
    this.services = site.services
    this.directory = site.directory
  }

  url(service: Service): string {
    return `http://127.0.0.1:${this.#site.ports.api[SERVICES[service].api.process]}`
  }

  async start(): Promise<void> {
    await restoreState(this.#golden(), this.directory)
    writeFileSync(siteFile(this.directory), JSON.stringify({ site: this.#site, golden: this.#golden() }))
    rmSync(join(this.directory, 'rabbit'), { recursive: true, force: true })
    writeConfiguration(this.#site)
    const credential = readFileSync(join(this.directory, 'keystone/lab-credential.json'), 'utf8')
    writeCloudsYaml(this.#site, JSON.parse(credential) as { id: string; secret: string })
    const bus = this.#startBus()
    await this.#database.start(this.#state.signal)
    await this.#database.localize()
    await this.#startApis('keystone')
    await bus
    await this.#startServices()
  }

  /** From nothing to the golden state. */
  async seed(): Promise<void> {
    writeConfiguration(this.#site)
    writeCloudsYaml(this.#site)
    await this.#database.install()
    const bus = this.#startBus()
    await this.#database.start(this.#state.signal)
    await this.#database.createSchemas()
    await this.#startApis('keystone')
    const endpoints = join(this.directory, 'endpoints.json')
    const others = this.services.filter((service) => service !== 'keystone') // whose own are there already
    writeFileSync(endpoints, JSON.stringify(catalogueOf(others, this.#site.ports)))
    await this.#python('identity', endpoints, join(this.directory, 'keystone/lab-credential.json'))
    await bus
    await this.#startServices()
    await this.#python('resources', ...this.services)
  }

  async reset(): Promise<void> {
    // Keystone holds users and roles in memory; the others hold nothing that the swap would make wrong.
    await Promise.all([this.#database.stop(), this.#supervisor.kill('keystone')])
    await restoreState(this.#golden(), this.directory, { running: true })
    writeConfiguration(this.#site)
    await this.#database.start(this.#state.signal)
    await this.#database.localize()
    await this.startService('keystone')
  }

  stopService(name: ServiceProcess): Promise<void> {
    return this.#supervisor.stop(name)
  }

  killService(name: ServiceProcess): Promise<void> {
    return this.#supervisor.kill(name)
  }

  async startService(name: ServiceProcess): Promise<void> {
    await this.#supervisor.start(serviceCommand(this.#site, name))
    const { apis } = processesOf(this.#site)
    const api = apis.find((process) => process === name)
    if (api) await this.#answers(api)
  }

  pids(): number[] {
    return this.#supervisor.pids()
  }

  async stop(): Promise<void> {
    if (this.#state.temporary) await this.#supervisor.stopAll({ now: true })
    else await this.shutDown()
    if (this.#state.temporary) rmSync(this.directory, { recursive: true, force: true })
  }

  /** Ends the services side by side, then what they stand on. */
  async shutDown(): Promise<void> {
    const names = this.#supervisor.records().map(({ name }) => name)
    await this.#supervisor.stop(...names.filter((name) => name !== 'mariadb' && name !== 'rabbitmq'))
    await this.#supervisor.stopAll()
  }

  #golden(): string {
    if (this.#state.golden === undefined) throw new LabError('this cloud has no golden state', 'NoGoldenState')
    return this.#state.golden
  }

  async #startBus(): Promise<void> {
    if (!processesOf(this.#site).bus) return
    mkdirSync(join(this.directory, 'rabbit'), { recursive: true, mode: 0o700 })
    await this.#supervisor.start(rabbitCommand(this.#site))
    const { signal } = this.#state
    await this.#supervisor.until('RabbitMQ', () => accepts(this.#site.ports.rabbit), { needs: ['rabbitmq'], signal })
  }

  async #startServices(): Promise<void> {
    const { apis, workers } = processesOf(this.#site)
    const names = [...apis, ...workers].filter((name) => name !== 'keystone')
    await Promise.all(names.map((name) => this.startService(name)))
    if (workers.length > 0) await this.#python('wait', ...this.services)
  }

  async #startApis(...names: ServiceProcess[]): Promise<void> {
    await Promise.all(names.map((name) => this.startService(name)))
  }

  async #answers(name: keyof CloudSite['ports']['api']): Promise<void> {
    const url = `http://127.0.0.1:${this.#site.ports.api[name]}/`
    const isUp = async () => {
      const { statusCode, body } = await request(url, { headersTimeout: 10_000 })
      await body.dump()
      return statusCode < 500
    }
    await this.#supervisor.until(`${name} at ${url}`, isUp, { needs: [name], signal: this.#state.signal })
  }

  async #python(...args: string[]): Promise<void> {
    const credentials = { OS_CLIENT_CONFIG_FILE: this.cloudsYaml }
    const env = { ...process.env, ...openStackEnvironment(this.#site), ...boundEnvironment(), ...credentials }
    const program = [join(CLOUD_SOURCES, 'seed.py'), ...args]
    try {
      await promisify(execFile)(join(this.#site.venv, 'bin/python'), program, { env, signal: this.#state.signal })
    } catch (error) {
      const output = (error as { stderr?: string }).stderr ?? ''
      throw new LabError(`seed.py ${args[0]} failed:\n${output.slice(-2000)}`, 'SeedFailed', error)
    }
  }
}

/** Whether something accepts connections on a port of 127.0.0.1. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
