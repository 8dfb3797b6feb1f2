import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cached } from '../cache.ts'
import { boundEnvironment } from '../harness.ts'
import { LabError } from '../lab-error.ts'

const run = promisify(execFile)

/** The folder of this file: requirements, drivers, configuration templates. */
export const CLOUD_SOURCES = fileURLToPath(new URL('.', import.meta.url))

const UV_VERSION = '0.13.8'

/** A file that the cloud needs of the system, and the Debian package that brings it. */
const SYSTEM_FILES = {
  '/usr/lib/rabbitmq/bin/rabbitmq-server': 'rabbitmq-server',
  '/usr/sbin/mariadbd': 'mariadb-server-core',
  '/usr/bin/mysql': 'mariadb-client-core',
  '/usr/bin/qemu-img': 'qemu-utils',
  '/usr/bin/gcc': 'gcc',
  '/usr/include/python3.11/Python.h': 'python3-dev',
  '/usr/lib/python3.11/venv/__init__.py': 'python3-venv',
  '/usr/lib/python3.11/ensurepip/__init__.py': 'python3-venv',
}

/** Why a real OpenStack cannot run on this machine; undefined where it can. */
export function whyNoOpenStack(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux'
  if (process.getuid?.() !== 0) return 'not root'
  const debian = existsSync('/etc/debian_version') ? readFileSync('/etc/debian_version', 'utf8').trim() : 'none'
  return /^12(\.|$)/.test(debian) ? undefined : `not Debian 12 (Debian version: ${debian})`
}

/** Installs what is missing and returns the directory of a Python environment with OpenStack in it. */
export async function installOpenStack(signal?: AbortSignal): Promise<string> {
  const reason = whyNoOpenStack()
  if (reason) throw new LabError(`a real OpenStack cannot run here: ${reason}`, 'Unsupported')
  await installPackages(signal)
  const directory = await cached({
    name: 'openstack',
    inputs: installedSources(),
    signal,
    build: (at) => build(at, signal),
  })
  return join(directory, 'venv')
}

/** Everything that decides what is installed. */
export function installedSources(): string[] {
  const drivers = readdirSync(join(CLOUD_SOURCES, 'drivers')).filter((file) => file.endsWith('.py'))
  const files = ['requirements.txt', 'patches.py', ...drivers.sort().map((file) => `drivers/${file}`)]
  return [UV_VERSION, ENTRY_POINTS, ...files.map((file) => readFileSync(join(CLOUD_SOURCES, file), 'utf8'))]
}

async function installPackages(signal?: AbortSignal): Promise<void> {
  const missing = Object.entries(SYSTEM_FILES).filter(([file]) => !existsSync(file))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(([, name]) => name))]
  process.stderr.write(`installing Debian packages: ${packages.join(' ')}\n`)
  // RUNLEVEL keeps Debian's scripts from starting the servers, which would take the standard ports.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  try {
    await run('apt-get', install, { env, signal, maxBuffer: 64 << 20 })
  } catch {
    await run('apt-get', ['update', '-qq'], { env, signal }) // the package lists may be old or not there
    await run('apt-get', install, { env, signal, maxBuffer: 64 << 20 })
  }
}

/** How Neutron finds our driver; written by hand, since two files need no package of their own. */
const ENTRY_POINTS = '[neutron.ml2.mechanism_drivers]\nvdibind = vdi_neutron:VdiBindMechanismDriver\n'

async function build(directory: string, signal?: AbortSignal): Promise<void> {
  process.stderr.write('installing OpenStack into the cache (once; about a minute)\n')
  const tools = join(directory, 'tools')
  const venv = join(directory, 'venv')
  const options = { env: { ...process.env, ...boundEnvironment() }, signal, maxBuffer: 64 << 20 }
  await run('/usr/bin/python3.11', ['-m', 'venv', tools], options)
  await run(join(tools, 'bin/pip'), ['install', '-q', `uv==${UV_VERSION}`], options)
  const uv = join(tools, 'bin/uv')
  // Relocatable: the directory is renamed when it is complete.
  await run(uv, ['venv', '-q', '--relocatable', '--python', '/usr/bin/python3.11', venv], options)
  const install = ['pip', 'install', '-q', '--compile-bytecode', '--link-mode', 'copy']
  const requirements = join(CLOUD_SOURCES, 'requirements.txt')
  await run(uv, [...install, '--python', join(venv, 'bin/python'), '-r', requirements], options)
  const packages = join(venv, 'lib/python3.11/site-packages')
  installDrivers(packages)
  await run(join(venv, 'bin/python'), [join(CLOUD_SOURCES, 'patches.py'), packages], options)
  rmSync(tools, { recursive: true })
}

function installDrivers(packages: string): void {
  const drivers = join(CLOUD_SOURCES, 'drivers')
  cpSync(join(drivers, 'vdifake.py'), join(packages, 'nova/virt/vdifake.py')) // Nova loads only nova.virt.NAME
  for (const name of ['vdi_cinder.py', 'vdi_neutron.py']) cpSync(join(drivers, name), join(packages, name))
  const information = join(packages, 'auxo_lab_drivers-1.0.dist-info')
  mkdirSync(information)
  writeFileSync(join(information, 'METADATA'), 'Metadata-Version: 2.1\nName: auxo-lab-drivers\nVersion: 1.0\n')
  writeFileSync(join(information, 'entry_points.txt'), ENTRY_POINTS)
}
