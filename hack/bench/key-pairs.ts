import { allAtOnce } from './all-at-once.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { keyPairNamed } from './nova-objects.ts'
import { seconds } from './numbers.ts'
import { Operator } from './operator.ts'

const MOST_SECONDS = 2
const MOST_CALLS = 1.1

/** Many small objects at once: nothing but what each of them costs. */
export const keyPairs: Bench = {
  name: 'key-pairs',
  what: '200 KeyPairs, cloud with 50 ms latency, until all are Ready',
  bar: `≤ ${MOST_SECONDS} s, ≤ ${MOST_CALLS} cloud calls per key pair`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, quick } = context
  const count = quick ? 20 : 200
  await using cloud = await MemoryCloud.start({ latencyMs: 50, keyPairs: 1_000 })
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', await cloud.cloudsYaml())
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig }, context)
  await cluster.connected('bench', signal)

  const objects = Array.from({ length: count }, (_, n) => keyPairNamed(`k-${n}`))
  const { ms, requests, details } = await allAtOnce(cluster.keyPairs, objects, { cluster, cloud, operator }, signal)
  const calls = requests.filter(({ service }) => service === 'compute').length / count
  return {
    measured: `${seconds(ms)}, ${calls.toFixed(2)} calls per key pair, lists among them`,
    met: ms <= MOST_SECONDS * 1000 && calls <= MOST_CALLS,
    details,
  }
}
