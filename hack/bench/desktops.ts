import { allAtOnce } from './all-at-once.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { desktopCloud, desktopsOf, makeTemplate } from './desktop-objects.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { seconds } from './numbers.ts'
import { Operator } from './operator.ts'

const MOST_SECONDS = 14
const MOST_CALLS = 4

/** A hundred desktops at once: what the operator adds to the time that Nova builds. */
export const desktops: Bench = {
  name: 'desktops',
  what: '100 Desktops of one template, cloud with 50 ms latency that builds a server in 10 s, until all are Ready',
  bar: `≤ ${MOST_SECONDS} s, ≤ ${MOST_CALLS} Nova calls per desktop`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, quick } = context
  const count = quick ? 10 : 100
  await using cloud = await MemoryCloud.start({ latencyMs: 50, images: 1, roomy: true, buildMs: 10_000 })
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', await cloud.cloudsYaml(), desktopCloud)
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig }, context)
  await makeTemplate(cluster, 'bench', 'seed-00000', signal)

  const objects = desktopsOf('bench', count)
  const { ms, requests, details } = await allAtOnce(cluster.desktops, objects, { cluster, cloud, operator }, signal)
  const calls = requests.filter(({ service }) => service === 'compute').length / count
  return {
    measured: `${seconds(ms)}, ${calls.toFixed(2)} calls per desktop, lists among them`,
    met: ms <= MOST_SECONDS * 1000 && calls <= MOST_CALLS,
    details,
  }
}
