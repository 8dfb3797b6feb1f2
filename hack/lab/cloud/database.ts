import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { boundEnvironment } from '../harness.ts'
import { LabError } from '../lab-error.ts'
import type { ProcessSupervisor } from '../processes.ts'
import { mariadbCommand, openStackEnvironment } from './commands.ts'
import { authUrl, busUrl, type CloudSite, databaseUrl } from './configuration.ts'
import { catalogueOf, SERVICES, type Service } from './services.ts'

const execute = promisify(execFile)

/** The MariaDB of one cloud, on a Unix socket in its directory. */
export class CloudDatabase {
  readonly #site: CloudSite
  readonly #supervisor: ProcessSupervisor

  constructor(site: CloudSite, supervisor: ProcessSupervisor) {
    this.#site = site
    this.#supervisor = supervisor
  }

  async start(signal?: AbortSignal): Promise<void> {
    await this.#supervisor.start(mariadbCommand(this.#site))
    await this.#supervisor.until('MariaDB', () => this.sql('select 1'), { needs: ['mariadb'], signal })
  }

  stop(): Promise<void> {
    return this.#supervisor.stop('mariadb')
  }

  async sql(text: string): Promise<string> {
    const running = execute('/usr/bin/mysql', ['-uroot', '-S', join(this.#site.directory, 'mysql.sock'), '-N'])
    running.child.stdin?.on('error', () => {}) // not connected: the exit code tells
    running.child.stdin?.end(text)
    return (await running).stdout
  }

  /** Makes the data directory, before the first start. */
  async install(): Promise<void> {
    const data = join(this.#site.directory, 'mysql')
    const args = ['--no-defaults', `--datadir=${data}`, '--user=root', '--skip-test-db']
    await execute('mariadb-install-db', [...args, '--auth-root-authentication-method=normal'])
  }

  /** Makes all schemas, keystone's keys and its first user, side by side. */
  async createSchemas(): Promise<void> {
    const databases = this.#site.services.flatMap((service) => SERVICES[service].databases)
    await this.sql(databases.map((name) => `CREATE DATABASE ${name};`).join(''))
    await Promise.all(this.#site.services.map((service) => this.#createSchema(service)))
  }

  /**
   * Writes this site's addresses and paths over those that the data was made with: endpoints in Keystone's catalogue,
   * Nova's cells, the files of Glance's images.
   */
  async localize(): Promise<void> {
    const statements = catalogueOf(this.#site.services, this.#site.ports).map(
      ({ type, url }) =>
        `UPDATE keystone.endpoint JOIN keystone.service ON service_id = service.id SET url = '${url}' WHERE type = '${type}';`,
    )
    if (this.#site.services.includes('glance')) {
      const store = `file://${this.#site.directory}/glance/fast/`
      statements.push(`UPDATE glance.image_locations SET value = CONCAT('${store}', SUBSTRING_INDEX(value, '/', -1));`)
    }
    if (this.#site.services.includes('nova')) {
      for (const cell of ['cell0', 'cell1']) {
        const url = databaseUrl(this.#site, `nova_${cell}`)
        const bus = cell === 'cell0' ? 'none:///' : busUrl(this.#site)
        statements.push(
          `UPDATE nova_api.cell_mappings SET database_connection = '${url}', transport_url = '${bus}' WHERE name = '${cell}';`,
        )
      }
    }
    await this.sql(statements.join('\n'))
  }

  async #createSchema(service: Service): Promise<void> {
    switch (service) {
      case 'keystone':
        return this.#createKeystone()
      case 'nova':
        return this.#createNova()
      case 'glance':
        return this.#manage('glance-manage', 'glance-api.conf', 'db_sync')
      case 'placement':
        return this.#manage('placement-manage', 'placement.conf', 'db', 'sync')
      case 'cinder':
        return this.#manage('cinder-manage', 'cinder.conf', 'db', 'sync')
      case 'neutron':
        return this.#manage('neutron-db-manage', 'neutron.conf', 'upgrade', 'head')
    }
  }

  async #createKeystone(): Promise<void> {
    const manage = (...args: string[]) => this.#manage('keystone-manage', 'keystone.conf', ...args)
    await manage('db_sync')
    for (const keys of ['fernet_setup', 'credential_setup']) {
      await manage(keys, '--keystone-user', 'root', '--keystone-group', 'root')
    }
    const urls = ['admin', 'internal', 'public'].flatMap((name) => [`--bootstrap-${name}-url`, authUrl(this.#site)])
    await manage('bootstrap', '--bootstrap-password', 'adminpass', '--bootstrap-region-id', 'RegionOne', ...urls)
  }

  async #createNova(): Promise<void> {
    const manage = (...args: string[]) => this.#manage('nova-manage', 'nova.conf', ...args)
    await manage('api_db', 'sync')
    await manage('cell_v2', 'map_cell0', '--database_connection', databaseUrl(this.#site, 'nova_cell0'))
    await manage('db', 'sync')
    await manage('cell_v2', 'create_cell', '--name', 'cell1')
  }

  async #manage(program: string, configuration: string, ...args: string[]): Promise<void> {
    const file = join(this.#site.directory, 'etc', configuration)
    const env = { ...process.env, ...openStackEnvironment(this.#site), ...boundEnvironment() }
    try {
      const options = { env, cwd: this.#site.directory, maxBuffer: 64 << 20 }
      await execute(join(this.#site.venv, 'bin', program), ['--config-file', file, ...args], options)
    } catch (error) {
      const output = (error as { stderr?: string }).stderr ?? ''
      throw new LabError(`${program} ${args[0]} failed:\n${output.slice(-2000)}`, 'SchemaFailed', error)
    }
  }
}
