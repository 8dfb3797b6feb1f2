import type { LoggedRequest } from '../../test/cloud/cloud.ts'
import { Audit, tallyWrites } from './audit.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster, imageFrom } from './cluster.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { seconds } from './numbers.ts'
import { Operator } from './operator.ts'
import { ProcessorMeter } from './processor.ts'
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
  await cloud.forgetRequests()

  const images = Array.from({ length: count }, (_, n) => imageFrom(`${web.url}/bytes/${MEBIBYTE}`, 'bench', `i-${n}`))
  const audit = new Audit(cluster.kube)
  const meter = new ProcessorMeter({ operator: () => [operator.pid], Kubernetes: () => cluster.kube.pids() })
  const begun = performance.now()
  const allReady = cluster.images.ready(count, signal)
  await cluster.images.create(images)
  const createdMs = performance.now() - begun
  await allReady
  const ms = performance.now() - begun

  const requests = await cloud.requests()
  const lists = requests.filter(isList)
  const calls = (requests.length - lists.length) / count
  return {
    measured: `${seconds(ms)}, ${calls.toFixed(2)} calls per image and ${lists.length} list calls in all`,
    met: ms <= MOST_SECONDS * 1000 && (requests.length - lists.length) / count <= MOST_CALLS,
    details: [
      `the objects were created within ${seconds(createdMs)}`,
      `${meter}`,
      `calls: ${tally(requests)}`,
      `failures: ${operator.failures()}`,
      `writes to the API server: ${tallyWrites(audit.writes())}`,
    ],
  }
}

export function isList({ service, method, path }: LoggedRequest): boolean {
  return service === 'image' && method === 'GET' && path === '/v2/images'
}

/** Calls by service, method and path, ids left out. */
export function tally(requests: readonly LoggedRequest[]): string {
  const counts = new Map<string, number>()
  for (const { service, method, path } of requests) {
    const key = `${method} ${service}${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}/g, '{id}')}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].map(([key, count]) => `${count} × ${key}`).join(', ') || 'none'
}
