import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cached } from '../cache.ts'
import { boundEnvironment } from '../harness.ts'
import { LabError } from '../lab-error.ts'
import { Progress } from '../progress.ts'

const MODULE = fileURLToPath(new URL('.', import.meta.url))
const run = promisify(execFile)

/** Paths of the Kubernetes programs. */
export interface KubernetesBinaries {
  etcd: string
  apiServer: string
  kubectl: string
  controllerManager?: string
}

/**
 * The Kubernetes programs: from the directory KUBEBUILDER_ASSETS if that is set, otherwise built from Go modules into
 * the cache, once. The controller manager is a binary of its own, built only when asked for.
 */
export async function kubernetesBinaries(
  options: { controllers?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<KubernetesBinaries> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  const directory = assets || (await build('kubebox', ['etcd', 'kube-apiserver', 'kubectl'], options.signal))
  const binaries = {
    etcd: present(directory, 'etcd'),
    apiServer: present(directory, 'kube-apiserver'),
    kubectl: present(directory, 'kubectl'),
  }
  if (!options.controllers) return binaries
  if (assets && existsSync(join(assets, 'kube-controller-manager'))) {
    return { ...binaries, controllerManager: join(assets, 'kube-controller-manager') }
  }
  const controllers = await build('kubebox-controllers', ['kube-controller-manager'], options.signal)
  return { ...binaries, controllerManager: present(controllers, 'kube-controller-manager') }
}

function present(directory: string, name: string): string {
  const path = join(directory, name)
  if (!existsSync(path))
    throw new LabError(`KUBEBUILDER_ASSETS is set to ${directory}, which has no ${name}`, 'Missing')
  return path
}

async function build(command: string, names: readonly string[], signal?: AbortSignal): Promise<string> {
  const source = `cmd/${command}/main.go`
  const inputs = [
    ...['go.mod', 'go.sum', source].map((file) => readFileSync(join(MODULE, file), 'utf8')),
    await goVersion(),
  ]
  return cached({
    name: command,
    inputs: [...inputs, ...names],
    signal,
    build: async (directory) => {
      await compile(command, join(directory, command), signal)
      for (const name of names) symlinkSync(command, join(directory, name))
    },
  })
}

async function goVersion(): Promise<string> {
  try {
    const { stdout } = await run('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], { cwd: MODULE })
    return stdout
  } catch (error) {
    throw new LabError(
      'Go is needed to build the Kubernetes API server: install Go 1.26 or newer (https://go.dev/dl), ' +
        'or set KUBEBUILDER_ASSETS to a directory that has kube-apiserver, etcd and kubectl',
      'GoMissing',
      error,
    )
  }
}

function goEnvironment(): NodeJS.ProcessEnv {
  const flags = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath -mod=readonly' }
  return { ...process.env, ...flags, ...boundEnvironment() }
}

async function compile(command: string, output: string, signal?: AbortSignal): Promise<void> {
  const target = `./cmd/${command}`
  const progress = new Progress(`building ${command} (once; kept in the cache)`)
  let modules = 0
  await go(['list', '-deps', target], signal, (line) => {
    if (line.startsWith('go: downloading')) progress.say(`downloading Go modules, ${++modules} so far`)
  })
  const weights = await weightsToCompile(target, signal)
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  let done = 0
  progress.update(done, total)
  await go(['build', '-v', '-ldflags', await linkerFlags(), '-o', output, target], signal, (line) => {
    done += weights.get(line) ?? 0
    progress.update(done, total)
  })
  progress.done()
}

/** Runs the go command and passes on, line by line, what it says while it works. */
async function go(
  args: readonly string[],
  signal: AbortSignal | undefined,
  says: (line: string) => void,
): Promise<void> {
  const child = spawn('go', args, { cwd: MODULE, env: goEnvironment(), stdio: ['ignore', 'ignore', 'pipe'], signal })
  const last: string[] = []
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stderr })) {
      says(line)
      last.push(line)
      if (last.length > 20) last.shift()
    }
  })()
  const [[code]] = await Promise.all([once(child, 'close'), reading])
  if (code !== 0) throw new LabError(`go ${args[0]} failed:\n${last.join('\n')}`, 'BuildFailed')
}

/**
 * The packages that are not in Go's build cache yet, with the size of their sources: time to compile is roughly
 * proportional to it.
 */
async function weightsToCompile(target: string, signal?: AbortSignal): Promise<Map<string, number>> {
  const format = '{{if .Stale}}{{.ImportPath}}\t{{.Dir}}{{range .GoFiles}}\t{{.}}{{end}}{{end}}'
  const options = { cwd: MODULE, env: goEnvironment(), maxBuffer: 64 << 20, signal }
  const { stdout } = await run('go', ['list', '-deps', '-f', format, target], options)
  const weights = new Map<string, number>()
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [path = '', directory = '', ...files] = line.split('\t')
    const sizes = files.map((file) => statSync(join(directory, file)).size)
    weights.set(
      path,
      sizes.reduce((sum, size) => sum + size, 0),
    )
  }
  return weights
}

/** Without these the programs call themselves v0.0.0-master. */
async function linkerFlags(): Promise<string> {
  const { stdout } = await run('go', ['list', '-m', '-f', '{{.Version}}', 'k8s.io/kubernetes'], {
    cwd: MODULE,
    env: goEnvironment(),
  })
  const version = stdout.trim()
  const [major = '', minor = ''] = version.slice(1).split('.')
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean', gitCommit: 'module' }
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  return [
    '-s',
    '-w',
    ...packages.flatMap((path) => Object.entries(values).map(([key, value]) => `-X ${path}.${key}=${value}`)),
  ].join(' ')
}
