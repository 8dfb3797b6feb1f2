import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { desktopCloud, desktopsOf, makeTemplate } from './desktop-objects.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { seconds } from './numbers.ts'
import { Operator } from './operator.ts'

const MOST_SECONDS = 2

/** Many long operations at once keep nobody else waiting: what waits for Nova occupies no worker. */
export const fiftyResizes: Bench = {
  name: 'fifty-resizes',
  what: '50 cold resizes at once, in-memory cloud with 50 ms latency, until the POST of a Desktop that is made meanwhile',
  bar: `≤ ${MOST_SECONDS} s`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, quick, say } = context
  const count = quick ? 5 : 50
  await using cloud = await MemoryCloud.start({ latencyMs: 50, images: 1, roomy: true })
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', await cloud.cloudsYaml(), desktopCloud)
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig }, context)
  await makeTemplate(cluster, 'bench', 'seed-00000', signal)
  const desktops = desktopsOf('bench', count + 1)
  const late = desktops.splice(count)
  await cluster.desktops.createUntilReady(desktops, signal)
  const limits = { cpus: -1, memory: '-1' }
  const quota = { cloudRef: { name: 'cloud' }, project: { name: 'demo' }, limits }
  await cluster.quotas.createUntilReady([{ metadata: { namespace: 'bench', name: 'demo' }, spec: quota }], signal)

  const resizes = desktops.map(({ metadata }): DesktopResize => {
    return { metadata: { ...metadata }, spec: { desktopRef: { name: metadata.name }, memory: '128Mi' } }
  })
  const begun = performance.now()
  const all = cluster.resizes.createUntilReady(resizes, signal)
  await cluster.resizes.until(resizes[0] as DesktopResize, ({ status }) => status?.startTime, signal)
  await cloud.forgetRequests()
  const asked = performance.now()
  await cluster.desktops.create(late)
  while (!(await cloud.requests()).some(({ method, path }) => method === 'POST' && path.endsWith('/servers'))) {
    signal.throwIfAborted()
  }
  const ms = performance.now() - asked
  await all
  say(`all ${count} resizes: ${seconds(performance.now() - begun)}; failures: ${operator.failures()}`)
  return { measured: `${seconds(ms)}`, met: ms <= MOST_SECONDS * 1000, details: [] }
}
