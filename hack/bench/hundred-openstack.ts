import { readFileSync } from 'node:fs'
import { whyNoOpenStack } from '../lab/cloud/install.ts'
import { startOpenStack } from '../lab/cloud/openstack.ts'
import { againstScript, each } from './against-script.ts'
import { Audit, tallyWrites } from './audit.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster, imageFrom } from './cluster.ts'
import { Glance } from './glance.ts'
import { Operator } from './operator.ts'
import { ProcessorMeter } from './processor.ts'
import { Web } from './web.ts'

const MEBIBYTE = 1 << 20
const MOST_RATIO = 1.5
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

  const { ratio, measured } = await againstScript({
    rounds: quick ? 1 : ROUNDS,
    script: (workers) => script(glance, count, workers),
    operator: async (round) => {
      const meter = new ProcessorMeter({
        operator: () => [operator.pid],
        Kubernetes: () => cluster.kube.pids(),
        OpenStack: () => openStack.pids(),
        web: () => web.pids(),
        bench: () => [process.pid],
      })
      const audit = new Audit(cluster.kube)
      const ms = await throughOperator(cluster, web, round, count, signal)
      say(`operator: ${meter}; failures: ${operator.failures()}`)
      say(`writes to the API server: ${tallyWrites(audit.writes())}`)
      return ms
    },
    say,
  })
  await openStack.stop()
  return { measured, met: ratio <= MOST_RATIO, details: [] }
}

/** Milliseconds that a script with so many workers takes; it cleans up afterwards. */
async function script(glance: Glance, count: number, workers: number): Promise<number> {
  const content = Buffer.alloc(MEBIBYTE, 'auxo')
  const ids: string[] = []
  const ms = await each(count, workers, async (n) => {
    const id = await glance.create(`script-${n}`)
    ids.push(id)
    await glance.put(id, content)
  })
  await each(count, 4, async (n) => glance.remove(ids[n] as string))
  return ms
}

async function throughOperator(cluster: Cluster, web: Web, round: number, count: number, signal: AbortSignal) {
  const name = (n: number) => `r${round}-${n}`
  const images = Array.from({ length: count }, (_, n) => imageFrom(`${web.url}/bytes/${MEBIBYTE}`, 'bench', name(n)))
  return await cluster.images.createUntilReady(images, signal)
}
