import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { seconds } from './numbers.ts'
import { Operator, type Sample, sum } from './operator.ts'

const MOST_SECONDS = 10
const MOST_MEBIBYTES = 300

/** A restart where there is much to look at. */
export const start: Bench = {
  name: 'start',
  what: 'start with 10,000 Images, until every object was reconciled once and the queues are empty',
  bar: `≤ ${MOST_SECONDS} s, ≤ ${MOST_MEBIBYTES} MiB`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, say, quick } = context
  const count = quick ? 500 : 10_000
  await using cloud = await MemoryCloud.start({ images: count })
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', await cloud.cloudsYaml(), { synchronize: { images: { policy: 'Project' } } })
  const { kubeconfig } = cluster.kube
  const firstMs = await synchronize(cluster, count, context)
  say(`the Images were made and became ready within ${seconds(firstMs)}`)

  await using operator = await Operator.start({ kubeconfig }, context)
  const ms = (await settled(operator, count)) - operator.startedAt
  const { now, most } = operator.memory()
  const sample = await operator.metrics()
  return {
    measured: `${seconds(ms)}, ${most.toFixed(0)} MiB at most`,
    met: ms <= MOST_SECONDS * 1000 && most <= MOST_MEBIBYTES,
    details: [
      `${now.toFixed(0)} MiB at the end; heap ${(sum(sample, 'nodejs_heap_size_used_bytes') / 2 ** 20).toFixed(0)} MiB`,
      `the operator used ${operator.processorSeconds().toFixed(2)} s of processor time`,
      `reconciles: ${reconciles(sample)}; API requests: ${sum(sample, 'rest_client_requests_total')}`,
      `requests to the cloud: ${sum(sample, 'auxo_cloud_requests_total')}`,
    ],
  }
}

/** An operator that makes an Image for everything in the cloud, and ends. */
async function synchronize(cluster: Cluster, count: number, context: BenchContext): Promise<number> {
  const { signal } = context
  const settings = { kubeconfig: cluster.kube.kubeconfig }
  await using operator = await Operator.start(settings, { ...context, profileDirectory: undefined })
  await cluster.images.ready(count, signal)
  return performance.now() - operator.startedAt
}

/** `performance.now()` of the moment at which everything had been looked at, if it stays so for a second. */
async function settled(operator: Operator, count: number): Promise<number> {
  let since: number | undefined
  await operator.until('every Image was reconciled', (sample) => {
    if (!isDone(sample, count)) since = undefined
    else since ??= performance.now()
    return since !== undefined && performance.now() - since > 1_000
  })
  return since as unknown as number
}

/** Everything was looked at since the cloud was listed to the end, and nothing is left to do. */
function isDone(sample: Sample, count: number): boolean {
  // Pages of the list, one of the list of what is hidden, and the document of versions.
  const pages = Math.ceil(count / 1_000) + 2
  const listed = sum(sample, 'auxo_cloud_requests_total', 'service="image"', 'method="GET"') >= pages
  const idle = sum(sample, 'workqueue_depth') === 0 && sum(sample, 'controller_runtime_active_workers') === 0
  return listed && idle && reconciles(sample) >= count
}

function reconciles(sample: Sample): number {
  return sum(sample, 'controller_runtime_reconcile_total', 'controller="image"')
}
