import type { StatusObject } from '../../pkg/kube/kind.ts'
import type { LoggedRequest } from '../../test/cloud/cloud.ts'
import { Audit, tallyWrites } from './audit.ts'
import type { Cluster } from './cluster.ts'
import type { ClusterObjects } from './cluster-objects.ts'
import type { MemoryCloud } from './memory-cloud.ts'
import type { Operator } from './operator.ts'
import { ProcessorMeter } from './processor.ts'
import { tally } from './requests.ts'

/** What it took until all objects were ready. */
export interface AllAtOnce {
  ms: number
  /** What the cloud was asked meanwhile. */
  requests: LoggedRequest[]
  details: string[]
}

/** Creates objects as fast as it goes where all is connected and quiet, and measures until each of them is ready. */
export async function allAtOnce<O extends StatusObject>(
  kind: ClusterObjects<O>,
  objects: readonly O[],
  { cluster, cloud, operator }: { cluster: Cluster; cloud: MemoryCloud; operator: Operator },
  signal: AbortSignal,
): Promise<AllAtOnce> {
  await cloud.forgetRequests()
  const audit = new Audit(cluster.kube)
  const meter = new ProcessorMeter({ operator: () => [operator.pid], Kubernetes: () => cluster.kube.pids() })
  const ms = await kind.createUntilReady(objects, signal)
  const requests = await cloud.requests()
  const details = [
    `${meter}`,
    `calls: ${tally(requests)}`,
    `failures: ${operator.failures()}`,
    `writes to the API server: ${tallyWrites(audit.writes())}`,
  ]
  return { ms, requests, details }
}
