import { readFileSync } from 'node:fs'
import { whyNoOpenStack } from '../lab/cloud/install.ts'
import { startOpenStack } from '../lab/cloud/openstack.ts'
import { Audit, tallyWrites } from './audit.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster, imageFrom } from './cluster.ts'
import { Glance } from './glance.ts'
import { median, seconds } from './numbers.ts'
import { Operator } from './operator.ts'
import { ProcessorMeter } from './processor.ts'
import { Web } from './web.ts'

const MEBIBYTE = 1 << 20
const MOST_RATIO = 1.5
const WORKERS = [1, 4, 8]
const ROUNDS = 3

/** The same on a real OpenStack, next to a script that makes the two calls which cannot be saved. */
export const hundredOpenStack: Bench = {
  name: 'hundred-openstack',
  what: '100 Images of 1 MiB on a real OpenStack, against a plain script that makes the same POST and PUT calls (best of 1, 4, 8 workers)',
  bar: `≤ ${MOST_RATIO} ×`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, quick, say } = context
  const reason = whyNoOpenStack()
  if (reason) throw new Error(`no OpenStack here: ${reason}`)
  const count = quick ? 10 : 100
  const openStack = await startOpenStack({ services: ['glance'], signal })
  await using glance = await Glance.connect(openStack)
  await using web = await Web.start()
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', readFileSync(openStack.cloudsYaml, 'utf8'))
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig }, context)
  await cluster.connected('bench', signal)

  const rounds: { ratio: number; operatorMs: number; scriptMs: number }[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const scripts: number[] = []
    const scriptMeter = new ProcessorMeter({ OpenStack: () => openStack.pids() })
    for (const workers of WORKERS) scripts.push(await script(glance, count, workers))
    say(`${WORKERS.length} scripts: ${scriptMeter}`)
    const meter = new ProcessorMeter({
      operator: () => [operator.pid],
      Kubernetes: () => cluster.kube.pids(),
      OpenStack: () => openStack.pids(),
      web: () => web.pids(),
      bench: () => [process.pid],
    })
    const audit = new Audit(cluster.kube)
    const operatorMs = await throughOperator(cluster, web, round, count, signal)
    const scriptMs = Math.min(...scripts)
    say(`failures: ${operator.failures()}`)
    say(`writes to the API server: ${tallyWrites(audit.writes())}`)
    rounds.push({ ratio: operatorMs / scriptMs, operatorMs, scriptMs })
    say(
      `operator ${seconds(operatorMs)} (${meter}), ` +
        `script ${scripts.map((ms, n) => `${seconds(ms)} with ${WORKERS[n]}`).join(', ')}`,
    )
  }
  await openStack.stop()
  const ratio = median(rounds.map((round) => round.ratio))
  const middle = rounds.find((round) => round.ratio >= ratio) ?? rounds[0]
  return {
    measured: `${ratio.toFixed(2)} × (${seconds(middle?.operatorMs ?? 0)} to ${seconds(middle?.scriptMs ?? 0)}; median of ${rounds.length})`,
    met: ratio <= MOST_RATIO,
    details: [],
  }
}

/** Milliseconds that a script with so many workers takes; it cleans up afterwards. */
async function script(glance: Glance, count: number, workers: number): Promise<number> {
  const content = Buffer.alloc(MEBIBYTE, 'auxo')
  const ids: string[] = []
  const begun = performance.now()
  await each(count, workers, async (n) => {
    const id = await glance.create(`script-${n}`)
    ids.push(id)
    await glance.put(id, content)
  })
  const ms = performance.now() - begun
  await each(count, 4, async (n) => glance.remove(ids[n] as string))
  return ms
}

async function throughOperator(cluster: Cluster, web: Web, round: number, count: number, signal: AbortSignal) {
  const name = (n: number) => `r${round}-${n}`
  const images = Array.from({ length: count }, (_, n) => imageFrom(`${web.url}/bytes/${MEBIBYTE}`, 'bench', name(n)))
  const begun = performance.now()
  const allReady = cluster.ready(count, signal, ({ metadata }) => metadata.name.startsWith(`r${round}-`))
  await cluster.create(images)
  await allReady
  return performance.now() - begun
}

/** Calls `work` with 0 to `count` - 1, so many at a time. */
async function each(count: number, workers: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: workers }, worker))
}
