import { allAtOnce } from './all-at-once.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster, imageFrom } from './cluster.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { seconds } from './numbers.ts'
import { Operator } from './operator.ts'
import { isImageList } from './requests.ts'
import { Web } from './web.ts'

const MEBIBYTE = 1 << 20
const MOST_SECONDS = 5
const MOST_CALLS = 4

/** A hundred small images at once: what the operator adds to the cloud's own time. */
export const hundred: Bench = {
  name: 'hundred',
  what: '100 Images of 1 MiB, cloud with 50 ms latency, until all are Ready',
  bar: `≤ ${MOST_SECONDS} s, ≤ ${MOST_CALLS} cloud calls per image`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, quick } = context
  const count = quick ? 10 : 100
  await using web = await Web.start()
  await using cloud = await MemoryCloud.start({ latencyMs: 50 })
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', await cloud.cloudsYaml())
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig }, context)
  await cluster.connected('bench', signal)

  const images = Array.from({ length: count }, (_, n) => imageFrom(`${web.url}/bytes/${MEBIBYTE}`, 'bench', `i-${n}`))
  const { ms, requests, details } = await allAtOnce(cluster.images, images, { cluster, cloud, operator }, signal)
  const lists = requests.filter(isImageList)
  const calls = (requests.length - lists.length) / count
  return {
    measured: `${seconds(ms)}, ${calls.toFixed(2)} calls per image and ${lists.length} list calls in all`,
    met: ms <= MOST_SECONDS * 1000 && calls <= MOST_CALLS,
    details,
  }
}
