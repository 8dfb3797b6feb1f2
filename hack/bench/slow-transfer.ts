import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster, imageFrom } from './cluster.ts'
import { MemoryCloud } from './memory-cloud.ts'
import { median, seconds } from './numbers.ts'
import { Operator } from './operator.ts'
import { Web } from './web.ts'

const MEBIBYTE = 1 << 20
const FAST = 20
const ROUNDS = 5
/** What the same thing measured twice differs by. */
const MOST_RATIO = 1.15

/** Somebody's slow line must not be everybody's. */
export const slowTransfer: Bench = {
  name: 'slow-transfer',
  what: `${FAST} transfers of 16 MiB, with a transfer at 64 KiB/s among them and without`,
  bar: `≤ ${MOST_RATIO} × (not slowed)`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, say, quick } = context
  await using web = await Web.start()
  await using cloud = await MemoryCloud.start()
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', await cloud.cloudsYaml())
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig }, context)
  await cluster.connected('bench', signal)
  await fastOnes(cluster, web, signal) // the first round warms everything up

  const slow = imageFrom(`${web.url}/bytes/${1024 * MEBIBYTE}?bytesPerSecond=65536`, 'bench', 'slow')
  const alone: number[] = []
  const among: number[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    alone.push(await fastOnes(cluster, web, signal))
    await cluster.images.create([slow])
    await cluster.images.until(slow, ({ status }) => status?.progress !== undefined, signal)
    among.push(await fastOnes(cluster, web, signal))
    await cluster.images.remove([slow], signal)
    say(`without ${seconds(alone.at(-1) ?? 0)}, with ${seconds(among.at(-1) ?? 0)}`)
  }
  const ratio = median(among) / median(alone)
  return {
    measured: `${ratio.toFixed(2)} × (${seconds(median(among))} to ${seconds(median(alone))}; medians of ${alone.length})`,
    met: ratio <= MOST_RATIO,
    details: [`${operator.memory().most.toFixed(0)} MiB at most`],
  }
}

/** Milliseconds until all fast ones are there; they are gone afterwards. */
async function fastOnes(cluster: Cluster, web: Web, signal: AbortSignal): Promise<number> {
  const url = `${web.url}/bytes/${16 * MEBIBYTE}`
  const images = Array.from({ length: FAST }, (_, n) => imageFrom(url, 'bench', `fast-${n}`))
  const ms = await cluster.images.createUntilReady(images, signal)
  await cluster.images.remove(images, signal)
  return ms
}
