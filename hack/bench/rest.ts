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
import { MemoryCloud } from './memory-cloud.ts'
import { Operator } from './operator.ts'
import { isImageList } from './requests.ts'

/** Nothing changes: what does the operator do all the same? */
export const rest: Bench = {
  name: 'rest',
  what: '1,000 and 3,000 Images at rest, through ≥ 2 full lists, 2 resyncs and 1 token renewal',
  bar: REST_BAR,
  run,
}

const images: AtRest = {
  ...{ kind: 'Image', controller: 'image', marks: ['updated_at=', 'os_hidden=true', 'marker='] },
  isFullPage: (request) => isImageList(request) && !/updated_at=|os_hidden=true/.test(request.query),
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, say, quick } = context
  await using cluster = await Cluster.start(signal)
  await using clouds = new AsyncDisposableStack()
  const synchronized = async (count: number): Promise<QuietCloud> => {
    const cloud = clouds.use(await MemoryCloud.start({ images: count, tokenSeconds: TOKEN_SECONDS }))
    const images = { policy: 'Project' as const, intervalSeconds: INTERVAL_SECONDS }
    await cluster.connect(`n${count}`, await cloud.cloudsYaml(), { synchronize: { images } })
    return { count, cloud }
  }
  const quiet = [await synchronized(quick ? 100 : 1_000), await synchronized(quick ? 300 : 3_000)] as const
  const flags = [`--resync-seconds=${RESYNC_SECONDS}`]
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig, flags }, context)
  const total = quiet[0].count + quiet[1].count
  await cluster.images.ready(total, signal)
  say(`${total} Images are ready; waiting for rest`)
  return await watchRest({ cluster, operator, quiet, objects: images }, context)
}
