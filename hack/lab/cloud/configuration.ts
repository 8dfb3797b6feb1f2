import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { CLOUD_SOURCES } from './install.ts'
import { type ApiProcess, type CloudPorts, COMPUTE_HOSTS, SERVICES, type Service } from './services.ts'

/** What the configuration of one cloud is made from. */
export interface CloudSite {
  /** Where its state, configuration and logs are. */
  directory: string
  /** The Python environment with OpenStack. */
  venv: string
  services: readonly Service[]
  ports: CloudPorts
  /** Glance's `enabled_import_methods`. */
  importMethods: readonly string[]
}

export const IMPORT_METHODS = ['glance-direct', 'web-download', 'copy-image', 'glance-download']

export function authUrl(site: CloudSite): string {
  return `http://127.0.0.1:${site.ports.api.keystone}/v3`
}

export function databaseUrl(site: CloudSite, name: string): string {
  return `mysql+pymysql://root@localhost/${name}?unix_socket=${site.directory}/mysql.sock`
}

export function busUrl(site: CloudSite): string {
  return `rabbit://guest:guest@127.0.0.1:${site.ports.rabbit}/`
}

const DIRECTORIES = [
  ...['etc', 'lock', 'keystone/fernet', 'keystone/credential', 'nova', 'neutron/lock'],
  ...['glance/fast', 'glance/slow', 'glance/staging', 'glance/tasks', 'glance/work'],
  ...['cinder/ssd', 'cinder/hdd', 'cinder/coordination', 'cinder/conversion', 'cinder/lock'],
  ...COMPUTE_HOSTS.map((host) => `nova/${host}/lock`),
]

/** Ids of the compute hosts, as the driver vdifake computes them; nova-compute refuses its second start without. */
const COMPUTE_IDS: Record<(typeof COMPUTE_HOSTS)[number], string> = {
  compute1: 'ad3e0fc0-4b09-5030-9074-2c01c9fe6de5',
  compute2: '939e9a67-03b4-59b0-bce1-ede80ecd17f3',
  compute3: '472dbdf3-384e-59a1-b063-ce6349aa89d5',
}

/** Writes the configuration files of all services under `etc`, and the directories that they expect. */
export function writeConfiguration(site: CloudSite): void {
  for (const directory of DIRECTORIES) mkdirSync(join(site.directory, directory), { recursive: true, mode: 0o700 })
  const etc = join(site.directory, 'etc')
  for (const name of ['keystone', 'glance-api', 'placement', 'nova', 'cinder', 'neutron']) {
    writeFileSync(join(etc, `${name}.conf`), render(site, `${name}.conf.in`), { mode: 0o600 })
  }
  copyFileSync(join(site.venv, 'etc/nova/api-paste.ini'), join(etc, 'api-paste.ini'))
  // "No DB access allowed": nova-compute must not know the databases.
  const sections = readFileSync(join(etc, 'nova.conf'), 'utf8').split('\n[')
  const withoutDatabases = sections.filter((section) => !/^(api_)?database\]/.test(section))
  writeFileSync(join(etc, 'nova-cpu.conf'), withoutDatabases.join('\n['), { mode: 0o600 })
  for (const host of COMPUTE_HOSTS) {
    writeFileSync(join(etc, `nova-${host}.conf`), render(site, 'nova-compute.conf.in', { HOST: host }))
    writeFileSync(join(site.directory, 'nova', host, 'compute_id'), COMPUTE_IDS[host])
  }
  for (const service of site.services) {
    const { process, module, threads } = SERVICES[service].api
    const values = { NAME: process, MODULE: module, THREADS: `${threads}`, PORT: `${site.ports.api[process]}` }
    writeFileSync(join(etc, `uwsgi-${process}.ini`), render(site, 'uwsgi.ini.in', values))
  }
}

/** Users of the cloud, by their name in clouds.yaml. */
const USERS = {
  admin: { password: 'adminpass', project: 'admin' },
  demo: { password: 'demopass', project: 'demo' },
  demo2: { password: 'demo2pass', project: 'demo' },
  reader: { password: 'readerpass', project: 'demo' },
}

/** Writes clouds.yaml: one cloud per user, and `demo-appcred` once its application credential is known. */
export function writeCloudsYaml(site: CloudSite, credential?: { id: string; secret: string }): string {
  const common = { region_name: 'RegionOne', interface: 'public', identity_api_version: 3 }
  const byPassword = Object.entries(USERS).map(([name, { password, project }]) => {
    const domains = { project_domain_name: 'Default', user_domain_name: 'Default' }
    const auth = { auth_url: authUrl(site), username: name, password, project_name: project, ...domains }
    return [name, { auth, ...common }]
  })
  const byCredential = credential && {
    auth_type: 'v3applicationcredential',
    auth: {
      auth_url: authUrl(site),
      application_credential_id: credential.id,
      application_credential_secret: credential.secret,
    },
    ...common,
  }
  const clouds = { ...Object.fromEntries(byPassword), ...(byCredential && { 'demo-appcred': byCredential }) }
  const path = join(site.directory, 'clouds.yaml')
  writeFileSync(path, dump({ clouds }), { mode: 0o600 })
  return path
}

/** Fills in a template: @RUN@, @VENV@, @BUS@, @URL:process@, @DB:name@ and the values given. */
function render(site: CloudSite, template: string, values: Record<string, string> = {}): string {
  const known: Record<string, string> = {
    RUN: site.directory,
    VENV: site.venv,
    BUS: busUrl(site),
    IMPORT_METHODS: site.importMethods.join(','),
    ...values,
  }
  const text = readFileSync(join(CLOUD_SOURCES, 'conf', template), 'utf8')
  return text.replaceAll(/@(\w+)(?::([\w-]+))?@/g, (_, name: string, of: string) => {
    if (name === 'AUTHTOKEN') return render(site, 'authtoken.in')
    if (name === 'URL') return `http://127.0.0.1:${site.ports.api[of as ApiProcess]}`
    if (name === 'DB') return databaseUrl(site, of)
    const value = known[name]
    if (value === undefined) throw new Error(`${template}: unknown placeholder @${name}@`)
    return value
  })
}
