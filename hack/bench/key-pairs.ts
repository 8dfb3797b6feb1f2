import { Audit, tallyWrites } from './audit.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { tally } from './hundred.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { keyPairNamed } from './nova-objects.ts'
import { seconds } from './numbers.ts'
import { Operator } from './operator.ts'
import { ProcessorMeter } from './processor.ts'

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
  await cloud.forgetRequests()

  const objects = Array.from({ length: count }, (_, n) => keyPairNamed(`k-${n}`))
  const audit = new Audit(cluster.kube)
  const meter = new ProcessorMeter({ operator: () => [operator.pid], Kubernetes: () => cluster.kube.pids() })
  const begun = performance.now()
  const allReady = cluster.keyPairs.ready(count, signal)
  await cluster.keyPairs.create(objects)
  const createdMs = performance.now() - begun
  await allReady
  const ms = performance.now() - begun

  const requests = (await cloud.requests()).filter(({ service }) => service === 'compute')
  const calls = requests.length / count
  return {
    measured: `${seconds(ms)}, ${calls.toFixed(2)} calls per key pair, lists among them`,
    met: ms <= MOST_SECONDS * 1000 && calls <= MOST_CALLS,
    details: [
      `the objects were created within ${seconds(createdMs)}`,
      `${meter}`,
      `calls: ${tally(requests.map((one) => ({ ...one, path: one.path.replace(/k-\d+$/, '{name}') })))}`,
      `failures: ${operator.failures()}`,
      `writes to the API server: ${tallyWrites(audit.writes())}`,
    ],
  }
}
