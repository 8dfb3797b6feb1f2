import { setTimeout as sleep } from 'node:timers/promises'
import type { LoggedRequest } from '../../test/cloud/cloud.ts'
import { Audit } from './audit.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { isList, tally } from './hundred.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { seconds } from './numbers.ts'
import { Operator, sum } from './operator.ts'

/** Shortened from 60, 600 and hours. A full list is read every ten intervals. */
const INTERVAL_SECONDS = 5
const RESYNC_SECONDS = 30
const TOKEN_SECONDS = 60
const PAGE = 1_000

/** Nothing changes: what does the operator do all the same? */
export const rest: Bench = {
  name: 'rest',
  what: '1,000 and 3,000 Images at rest, through ≥ 2 full lists, 2 resyncs and 1 token renewal',
  bar: '0 writes to the API server but Lease renewals; ≤ ⌈N/1000⌉ cloud requests per full list, everything else the same for both N',
  run,
}

interface Tenant {
  namespace: string
  count: number
  cloud: MemoryCloud
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, say, quick } = context
  const counts = quick ? [100, 300] : [1_000, 3_000]
  await using cluster = await Cluster.start(signal)
  await using clouds = new AsyncDisposableStack()
  const tenants: Tenant[] = []
  for (const count of counts) {
    const cloud = clouds.use(await MemoryCloud.start({ images: count, tokenSeconds: TOKEN_SECONDS }))
    const images = { policy: 'Project' as const, intervalSeconds: INTERVAL_SECONDS }
    await cluster.connect(`n${count}`, await cloud.cloudsYaml(), { synchronize: { images } })
    tenants.push({ namespace: `n${count}`, count, cloud })
  }
  const flags = [`--resync-seconds=${RESYNC_SECONDS}`]
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig, flags }, context)
  const total = counts.reduce((a, b) => a + b, 0)
  await cluster.images.ready(total, signal)
  say(`${total} Images are ready; waiting for rest`)
  // The first looks overlap the newest images, and here all are the newest.
  await sleep(3 * INTERVAL_SECONDS * 1000, undefined, { signal })

  const audit = new Audit(cluster.kube)
  for (const { cloud } of tenants) await cloud.forgetRequests()
  const reconciled = async () =>
    sum(await operator.metrics(), 'controller_runtime_reconcile_total', 'controller="image"')
  const reconciledBefore = await reconciled()
  const busyBefore = operator.processorSeconds()
  const begun = performance.now()
  for (let enough = false; !enough; ) {
    await sleep(2_000, undefined, { signal })
    const asked = await Promise.all(tenants.map(({ cloud }) => cloud.requests()))
    const resyncs = ((await reconciled()) - reconciledBefore) / total
    enough = resyncs >= 2 && asked.every((requests) => fullLists(requests) >= 2 && renewals(requests) >= 1)
  }
  const ms = performance.now() - begun

  const leases = audit.writes().filter(({ isLease }) => isLease)
  const writes = audit.writes().filter(({ isLease }) => !isLease)
  const asked = await Promise.all(tenants.map(({ cloud }) => cloud.requests()))
  const pages = asked.map((requests) => pagesPerList(requests))
  const others = asked.map((requests) => requests.filter((one) => !isFullPage(one)))
  const bounded = tenants.every(({ count }, n) => (pages[n] as number) <= Math.ceil(count / PAGE))
  const perMinute = others.map((requests) => (requests.length * 60_000) / ms)
  return {
    measured:
      `${writes.length} writes, ${pages.map((number, n) => `${number} per full list of ${counts[n]}`).join(', ')}; ` +
      `other requests a minute, at an interval of ${INTERVAL_SECONDS} s: ${perMinute.map((rate) => rate.toFixed(0)).join(' and ')}`,
    met: writes.length === 0 && bounded && same(others),
    details: [
      `watched for ${seconds(ms)}; ${leases.length} Lease renewals; ${(((await reconciled()) - reconciledBefore) / total).toFixed(1)} resyncs of each Image`,
      `the operator used ${(((operator.processorSeconds() - busyBefore) * 100_000) / ms).toFixed(1)} % of a core`,
      ...writes.slice(0, 5).map(({ what, object }) => `${what} ${object}`),
      ...asked.map((requests, n) => `N = ${counts[n]}: ${fullLists(requests)} full lists; ${tally(requests)}`),
    ],
  }
}

/** A page of a list of everything that is not hidden. */
function isFullPage(request: LoggedRequest): boolean {
  return isList(request) && !/updated_at=|os_hidden=true/.test(request.query)
}

function fullLists(requests: readonly LoggedRequest[]): number {
  return requests.filter((request) => isFullPage(request) && !request.query.includes('marker=')).length
}

function renewals(requests: readonly LoggedRequest[]): number {
  return requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/auth/tokens')).length
}

function pagesPerList(requests: readonly LoggedRequest[]): number {
  return requests.filter(isFullPage).length / fullLists(requests)
}

/** Whether two clouds were asked the same, but for the jitter of the intervals: one more or less, or a fifth. */
function same([first = [], second = []]: readonly (readonly LoggedRequest[])[]): boolean {
  const kinds = new Set([...first, ...second].map(kindOf))
  return [...kinds].every((kind) => {
    const [a, b] = [first, second].map((requests) => requests.filter((one) => kindOf(one) === kind).length)
    return Math.abs((a as number) - (b as number)) <= Math.max(1, 0.2 * Math.max(a as number, b as number))
  })
}

function kindOf({ method, service, path, query }: LoggedRequest): string {
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}/g
  const marks = ['updated_at=', 'os_hidden=true', 'marker='].filter((mark) => query.includes(mark))
  return [method, service, path.replaceAll(id, '{id}'), ...marks].join(' ')
}
