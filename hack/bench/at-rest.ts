import { setTimeout as sleep } from 'node:timers/promises'
import type { LoggedRequest } from '../../test/cloud/cloud.ts'
import { Audit } from './audit.ts'
import type { BenchContext, BenchResult } from './bench.ts'
import type { Cluster } from './cluster.ts'
import type { MemoryCloud } from './memory-cloud.ts'
import { seconds } from './numbers.ts'
import { type Operator, sum } from './operator.ts'
import { isRenewal, tally, withoutIds } from './requests.ts'

/** Shortened from 60, 600 and hours. A full list is read every ten intervals. */
export const INTERVAL_SECONDS = 5
export const RESYNC_SECONDS = 30
export const TOKEN_SECONDS = 60
const PAGE = 1_000

export const REST_BAR =
  '0 writes to the API server but Lease renewals; ≤ ⌈N/1000⌉ cloud requests per full list, everything else the same for both N'

/** A cloud in which nothing changes, with so many objects for it. */
export interface QuietCloud {
  count: number
  cloud: MemoryCloud
}

/** The objects that are at rest. */
export interface AtRest {
  /** Their kind: `Image`. */
  kind: string
  /** Their controller, by its name in metrics. */
  controller: string
  /** A page of a list of everything. */
  isFullPage(request: LoggedRequest): boolean
  /** What tells lists of the same path apart, as it is in their query. */
  marks: readonly string[]
}

interface Watched {
  cluster: Cluster
  operator: Operator
  quiet: readonly [QuietCloud, QuietCloud]
  objects: AtRest
}

/** Watches for two full lists, two resyncs of each object and a token renewal what is done all the same. */
export async function watchRest(watched: Watched, { signal }: BenchContext): Promise<BenchResult> {
  const { cluster, operator, quiet, objects } = watched
  const total = quiet.reduce((all, { count }) => all + count, 0)
  // The first looks overlap the newest things, and here all are the newest.
  await sleep(3 * INTERVAL_SECONDS * 1000, undefined, { signal })

  const audit = new Audit(cluster.kube)
  for (const { cloud } of quiet) await cloud.forgetRequests()
  const asked = () => Promise.all(quiet.map(({ cloud }) => cloud.requests()))
  const reconciled = async () =>
    sum(await operator.metrics(), 'controller_runtime_reconcile_total', `controller="${objects.controller}"`)
  const [reconciledBefore, busyBefore, begun] = [await reconciled(), operator.processorSeconds(), performance.now()]
  const resyncs = async () => ((await reconciled()) - reconciledBefore) / total
  const isEnough = (requests: readonly LoggedRequest[]) => fullLists(requests, objects) >= 2 && requests.some(isRenewal)
  for (let enough = false; !enough; ) {
    await sleep(2_000, undefined, { signal })
    enough = (await resyncs()) >= 2 && (await asked()).every(isEnough)
  }
  const ms = performance.now() - begun

  const leases = audit.writes().filter(({ isLease }) => isLease)
  const writes = audit.writes().filter(({ isLease }) => !isLease)
  const requests = await asked()
  const pages = requests.map((all) => all.filter(objects.isFullPage).length / fullLists(all, objects))
  const others = requests.map((all) => all.filter((one) => !objects.isFullPage(one)))
  const bounded = quiet.every(({ count }, n) => (pages[n] as number) <= Math.ceil(count / PAGE))
  const perMinute = others.map(({ length }) => ((length * 60_000) / ms).toFixed(0))
  return {
    measured:
      `${writes.length} writes, ${quiet.map(({ count }, n) => `${pages[n]} per full list of ${count}`).join(', ')}; ` +
      `other requests a minute, at an interval of ${INTERVAL_SECONDS} s: ${perMinute.join(' and ')}`,
    met: writes.length === 0 && bounded && same(others, objects),
    details: [
      `watched for ${seconds(ms)}; ${leases.length} Lease renewals; ${(await resyncs()).toFixed(1)} resyncs of each ${objects.kind}`,
      `the operator used ${(((operator.processorSeconds() - busyBefore) * 100_000) / ms).toFixed(1)} % of a core`,
      ...writes.slice(0, 5).map(({ what, object }) => `${what} ${object}`),
      ...requests.map((all, n) => `N = ${quiet[n]?.count}: ${fullLists(all, objects)} full lists; ${tally(all)}`),
    ],
  }
}

function fullLists(requests: readonly LoggedRequest[], { isFullPage }: AtRest): number {
  return requests.filter((request) => isFullPage(request) && !request.query.includes('marker=')).length
}

/** Whether two clouds were asked the same, but for the jitter of the intervals: one more or less, or a fifth. */
function same([first = [], second = []]: readonly (readonly LoggedRequest[])[], { marks }: AtRest): boolean {
  const kindOf = ({ method, service, path, query }: LoggedRequest) =>
    [method, service, withoutIds(path), ...marks.filter((mark) => query.includes(mark))].join(' ')
  const kinds = new Set([...first, ...second].map(kindOf))
  return [...kinds].every((kind) => {
    const count = (requests: readonly LoggedRequest[]) => requests.filter((one) => kindOf(one) === kind).length
    const [a, b] = [count(first), count(second)]
    return Math.abs(a - b) <= Math.max(1, 0.2 * Math.max(a, b))
  })
}
