import {
  type AtRest,
  INTERVAL_SECONDS,
  type QuietCloud,
  REST_BAR,
  RESYNC_SECONDS,
  TOKEN_SECONDS,
  watchRest,
} from './at-rest.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { desktopCloud, desktopsOf, makeTemplate } from './desktop-objects.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { seconds } from './numbers.ts'
import { Operator } from './operator.ts'

/** The same of desktops, which nobody works at. */
export const restDesktops: Bench = {
  name: 'rest-desktops',
  what: '100 and 1,000 Desktops at rest, half of them stopped, through ≥ 2 full lists, 2 resyncs and 1 token renewal',
  bar: REST_BAR,
  run,
}

const servers: AtRest = {
  ...{ kind: 'Desktop', controller: 'desktop', marks: ['changes-since=', 'os_hidden=true', 'updated_at=', 'marker='] },
  isFullPage: ({ service, method, path, query }) =>
    service === 'compute' && method === 'GET' && path.endsWith('/servers/detail') && !query.includes('changes-since='),
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, say, quick } = context
  await using cluster = await Cluster.start(signal)
  await using clouds = new AsyncDisposableStack()
  const interval = { intervalSeconds: INTERVAL_SECONDS }
  const synchronize = { images: { policy: 'None', ...interval }, desktops: { policy: 'None', ...interval } } as const
  const connected = async (count: number): Promise<QuietCloud> => {
    const cloud = clouds.use(await MemoryCloud.start({ images: 1, roomy: true, tokenSeconds: TOKEN_SECONDS }))
    // As fast as it goes: this is about what comes afterwards.
    const requests = { perSecond: 10_000, burst: 10_000 }
    await cluster.connect(`n${count}`, await cloud.cloudsYaml(), { ...desktopCloud, synchronize, requests })
    return { count, cloud }
  }
  const quiet = [await connected(quick ? 10 : 100), await connected(quick ? 100 : 1_000)] as const
  const flags = [`--resync-seconds=${RESYNC_SECONDS}`]
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig, flags }, context)
  for (const { count } of quiet) await makeTemplate(cluster, `n${count}`, 'seed-00000', signal)
  for (const { count } of quiet) {
    const ms = await cluster.desktops.createUntilReady(desktopsOf(`n${count}`, count, { halfStopped: true }), signal)
    say(`${count} Desktops became ready within ${seconds(ms)}`)
  }
  return await watchRest({ cluster, operator, quiet, objects: servers }, context)
}
