import { join } from 'node:path'
import type { Command } from '../processes.ts'
import type { CloudSite } from './configuration.ts'
import { CLOUD_SOURCES } from './install.ts'
import { type ApiProcess, SERVICES, type ServiceProcess } from './services.ts'

/** How each process of a cloud is started. */

export function mariadbCommand({ directory }: CloudSite): Command {
  return {
    name: 'mariadb',
    file: '/usr/sbin/mariadbd',
    args: [
      ...['--no-defaults', '--user=root', `--datadir=${directory}/mysql`, `--socket=${directory}/mysql.sock`],
      ...['--skip-networking', '--skip-grant-tables', '--skip-name-resolve', `--pid-file=${directory}/mysqld.pid`],
      ...['--max-connections=400', '--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0', '--sync-binlog=0'],
      ...['--innodb-buffer-pool-size=64M', '--innodb-log-file-size=32M', '--performance-schema=0'],
      ...['--character-set-server=utf8mb4', '--collation-server=utf8mb4_general_ci'],
      '--default-storage-engine=InnoDB',
    ],
    graceMs: 20_000,
  }
}

export function rabbitCommand({ directory, ports }: CloudSite): Command {
  const home = join(directory, 'rabbit')
  return {
    name: 'rabbitmq',
    file: '/usr/lib/rabbitmq/bin/rabbitmq-server',
    args: [],
    env: {
      HOME: home, // of the Erlang cookie
      RABBITMQ_NODENAME: 'lab@localhost',
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: `${ports.rabbit}`,
      RABBITMQ_DIST_PORT: `${ports.rabbitDistribution}`,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: `${ports.erlangPortMapper}`,
      RABBITMQ_MNESIA_BASE: home,
      RABBITMQ_LOG_BASE: join(directory, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(home, 'none'),
      RABBITMQ_CONF_ENV_FILE: join(home, 'none'),
      RABBITMQ_PID_FILE: join(home, 'pid'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
        '-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 -rabbit collect_statistics_interval 60000',
    },
    stopSignal: 'SIGKILL', // nothing in it outlives the services
  }
}

/** Environment of every OpenStack program of this cloud. */
export function openStackEnvironment({ directory, venv }: CloudSite): Record<string, string> {
  const etc = join(directory, 'etc')
  return {
    OS_KEYSTONE_CONFIG_DIR: etc,
    OS_GLANCE_CONFIG_DIR: etc,
    OS_PLACEMENT_CONFIG_DIR: etc,
    OS_NOVA_CONFIG_DIR: etc,
    OS_NEUTRON_CONFIG_FILES: join(etc, 'neutron.conf'),
    PYTHONWARNINGS: 'ignore',
    MALLOC_ARENA_MAX: '2',
    SPT_NOENV: '1', // setproctitle would overwrite the environment, by which we know our processes
    // Cinder calls sudo and rootwrap even as root: `bin/sudo` stands in for them.
    PATH: [join(CLOUD_SOURCES, 'bin'), join(venv, 'bin'), process.env['PATH'] ?? ''].join(':'),
  }
}

export function serviceCommand(site: CloudSite, name: ServiceProcess): Command {
  const etc = join(site.directory, 'etc')
  const started = { name, env: openStackEnvironment(site), graceMs: 5_000 }
  const daemon = (program: string, ...files: string[]): Command => ({
    ...started,
    file: join(site.venv, 'bin', program),
    args: files.flatMap((file) => ['--config-file', join(etc, file)]),
  })
  switch (name) {
    case 'nova-compute1':
    case 'nova-compute2':
    case 'nova-compute3':
      return daemon('nova-compute', 'nova-cpu.conf', `${name}.conf`)
    case 'nova-conductor':
    case 'nova-scheduler':
      return daemon(name, 'nova.conf')
    case 'cinder-scheduler':
    case 'cinder-volume':
      return daemon(name, 'cinder.conf')
    default:
      return { ...started, file: join(site.venv, 'bin/uwsgi'), args: uwsgiArguments(etc, name) }
  }
}

function uwsgiArguments(etc: string, name: ApiProcess): string[] {
  const ini = ['--ini', join(etc, `uwsgi-${name}.ini`)]
  // Cinder's WSGI module reads sys.argv.
  return name === 'cinder-api' ? [...ini, '--pyargv', `--config-file ${join(etc, 'cinder.conf')}`] : ini
}

/** All processes of the site's services, APIs first. */
export function processesOf(site: CloudSite): { apis: ApiProcess[]; workers: ServiceProcess[]; bus: boolean } {
  const definitions = site.services.map((service) => SERVICES[service])
  return {
    apis: definitions.map(({ api }) => api.process),
    workers: definitions.flatMap(({ workers }) => workers),
    bus: definitions.some(({ bus }) => bus),
  }
}
