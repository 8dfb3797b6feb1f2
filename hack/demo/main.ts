/** `npm run demo`: a cluster, a cloud, the operator and the samples; then what to try. Ctrl-C ends all of it. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { Command } from 'commander'
import { kinds } from '../../api/v1alpha1/kinds.ts'
import { harnessDirectory } from '../lab/harness.ts'
import { freePorts } from '../lab/ports.ts'
import { ProcessSupervisor } from '../lab/processes.ts'
import { startWww } from '../lab/www/www.ts'
import { existingCloud, inMemoryCloud, realOpenStack } from './cloud.ts'
import { type DemoCluster, existingCluster, kindCluster, localCluster } from './cluster.ts'
import { emptyQcow2 } from './qcow2.ts'
import { asYaml, samples } from './samples.ts'
import { watchUntilReady } from './watch.ts'

const root = join(import.meta.dirname, '../..')
const { cloud, existing, kind, once } = new Command('npm run demo --')
  .option('--cloud <memory|openstack>', 'what plays the cloud', 'memory')
  .option('--existing', 'use your own cluster (KUBECONFIG) and cloud (OS_CLIENT_CONFIG_FILE, OS_CLOUD)')
  .option('--kind', 'make a kind cluster (needs kind and Docker)')
  .option('--once', 'end when everything is ready')
  .parse()
  .opts<{ cloud: string; existing?: boolean; kind?: boolean; once?: boolean }>()

const stop = new AbortController()
const ends: (() => Promise<void>)[] = []
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort())

try {
  const cluster = await started('Kubernetes API server', () => startCluster())
  const demoCloud = await started('cloud', () => startDemoCloud())
  const run = (args: string[], input?: string) => kubectl(cluster, args, input)
  await run(['apply', '-k', join(root, 'crds')])
  const crds = kinds.map(({ names }) => `crd/${names.plural}.${names.group}`)
  await run(['wait', '--for=condition=Established', ...crds, '--timeout=60s'])
  const www = await startWww()
  ends.push(() => www.stop())
  const imageBytes = emptyQcow2(40 * 2 ** 30)
  const imageUrl = www.put('/windows-11.qcow2', imageBytes)
  const operator = await started('operator', () => startOperator(cluster))
  console.log(`\napplying config/samples (${demoCloud.name})`)
  const { cloudsYaml, project } = demoCloud
  const objects = samples({ cloudsYaml, project, imageUrl, imageBytes })
  await run(['apply', '-f', '-'], asYaml(objects))
  const shown = kinds.map(({ names }) => names).filter((names) => objects.some((one) => one.kind === names.kind))
  await watchUntilReady(cluster.kubeconfig, shown, stop.signal)
  console.log(`\n${await run(['get', shown.map(({ plural }) => plural).join(','), '-n', 'desktops'])}`)
  if (!once) {
    printNext(cluster, operator.record.log, imageBytes, project !== undefined)
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }))
    console.log('\nending what the demo started …')
  }
} catch (error) {
  if (!stop.signal.aborted) {
    console.error(`\nthe demo failed: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
} finally {
  for (const end of ends.toReversed()) await end().catch((error: unknown) => console.error(error))
}
process.exit()

async function started<T extends { stop(): Promise<unknown> }>(what: string, start: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const thing = await start()
  ends.push(async () => void (await thing.stop()))
  stop.signal.throwIfAborted()
  console.log(`${what} is up (${((performance.now() - begun) / 1000).toFixed(1)} s)`)
  return thing
}

async function startCluster(): Promise<DemoCluster> {
  if (existing) return existingCluster()
  return kind ? kindCluster() : await localCluster(stop.signal)
}

async function startDemoCloud() {
  if (existing) return existingCloud()
  if (cloud !== 'memory' && cloud !== 'openstack') throw new Error('--cloud must be memory or openstack')
  return cloud === 'memory' ? await inMemoryCloud() : await realOpenStack(stop.signal)
}

/** The operator as its own process, with uploads on loopback. */
async function startOperator({ kubeconfig }: DemoCluster) {
  const supervisor = new ProcessSupervisor(harnessDirectory('operator'), 'bound')
  const [metrics = 0, upload = 0] = await freePorts(2)
  const record = await supervisor.start({
    name: 'operator',
    file: process.execPath,
    cwd: root,
    args: [
      ...['controllers/main.ts', '--kubeconfig', kubeconfig, '--watch-namespaces', 'desktops'],
      ...['--lease-namespace', 'default', '--metrics-address', `127.0.0.1:${metrics}`],
      ...['--upload-address', `127.0.0.1:${upload}`, '--allow-addresses', '127.0.0.0/8'],
    ],
  })
  return { stop: () => supervisor.stopAll(), record }
}

async function kubectl({ kubectl: file, kubeconfig }: DemoCluster, args: string[], input?: string): Promise<string> {
  const child = promisify(execFile)(file, ['--kubeconfig', kubeconfig, ...args])
  child.child.stdin?.end(input ?? '')
  return (await child).stdout
}

function printNext(
  { kubeconfig, kubectl: file }: DemoCluster,
  log: string,
  imageBytes: Uint8Array,
  desktops: boolean,
): void {
  const sample = join(harnessDirectory('try'), 'debian-13.qcow2')
  writeFileSync(sample, imageBytes)
  const onDesktops = `  kubectl auxo desktop stop pc-001 pc-002 -n desktops
  kubectl auxo desktop list -n desktops
`
  const folders = [join(root, 'bin'), ...(file.includes('/') ? [dirname(file)] : [])]
  console.log(`Try it in another terminal:

  export KUBECONFIG=${kubeconfig} PATH=${folders.join(':')}:$PATH

  kubectl auxo image upload ${sample} --name debian-13 -n desktops
  kubectl get images -n desktops --watch
  kubectl auxo image disable windows-11 -n desktops
${desktops ? onDesktops : ''}
The operator's log: ${log}
The guide: ${relative(process.cwd(), join(root, 'docs/guide.md'))}
Ctrl-C ends everything.`)
}
