import { execFile } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { UPLOAD_TICKET_ANNOTATION } from '../../api/v1alpha1/names.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'
import { makeTicket } from '../../pkg/transfer/ticket.ts'
import { whyNoOpenStack } from '../lab/cloud/install.ts'
import { startOpenStack } from '../lab/cloud/openstack.ts'
import { harnessDirectory } from '../lab/harness.ts'
import { chunksOf } from '../lab/www/content.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { isReady } from './cluster-objects.ts'
import { Glance } from './glance.ts'
import { median, seconds } from './numbers.ts'
import { Operator } from './operator.ts'
import { ProcessorMeter } from './processor.ts'

const MOST_GROWTH_MEBIBYTES = 64
const LEAST_RATIO = 0.85
const ROUNDS = 3

const WHAT = 'rate of an upload of 4 GiB through the operator into Glance, against curl’s PUT to the same Glance'
const BAR = `≥ ${LEAST_RATIO} ×, the operator’s memory grows < ${MOST_GROWTH_MEBIBYTES} MiB`

/** What the operator costs between a client and Glance, both times the same curl in a process of its own. */
export const upload: Bench = { name: 'upload', what: WHAT, bar: BAR, run: (context) => run(context) }

/** The same where every byte is on a volume before it counts: the disk is written twice, and read once. */
export const uploadSpool: Bench = {
  name: 'upload-spool',
  what: `${WHAT}; with --spool-dir`,
  bar: BAR,
  run: (context) => run(context, [`--spool-dir=${harnessDirectory('spool')}`]),
}

async function run(context: BenchContext, flags: string[] = []): Promise<BenchResult> {
  const { signal, quick, say } = context
  const reason = whyNoOpenStack()
  if (reason) throw new Error(`no OpenStack here: ${reason}`)
  const size = quick ? 64 << 20 : 4 * 2 ** 30
  const file = join(harnessDirectory('upload'), 'content')
  await pipeline(Readable.from(chunksOf({ size, seed: 1 })), createWriteStream(file))
  const openStack = await startOpenStack({ services: ['glance'], signal })
  await using glance = await Glance.connect(openStack)
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', readFileSync(openStack.cloudsYaml, 'utf8'))
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig, flags }, context)
  await cluster.connected('bench', signal)

  const direct: number[] = []
  const through: { ms: number; growth: number }[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const groups = { operator: () => [operator.pid], OpenStack: () => openStack.pids() }
    const directMeter = new ProcessorMeter(groups)
    direct.push(await put(glance, file, signal))
    say(`curl's PUT: ${seconds(direct.at(-1) ?? 0)}; ${directMeter}`)
    const meter = new ProcessorMeter(groups)
    const sent = await send(operator, cluster, { file, size, name: `image-${round}` }, signal)
    through.push(sent)
    say(`through the operator: ${seconds(sent.ms)}, +${sent.growth.toFixed(0)} MiB; ${meter}`)
  }
  await openStack.stop()
  const ratio = median(direct) / median(through.map(({ ms }) => ms))
  const growth = Math.max(...through.map((sent) => sent.growth))
  const rate = (size / 2 ** 20 / median(direct)) * 1000
  return {
    measured: `${ratio.toFixed(2)} × (curl: ${rate.toFixed(0)} MiB/s; medians of ${direct.length}), +${growth.toFixed(0)} MiB`,
    met: ratio >= LEAST_RATIO && growth < MOST_GROWTH_MEBIBYTES,
    details: [],
  }
}

/** Milliseconds for a plain PUT of the file to Glance. */
async function put(glance: Glance, file: string, signal: AbortSignal): Promise<number> {
  const id = await glance.create('direct')
  const type = 'content-type: application/octet-stream'
  const begun = performance.now()
  await curl(
    signal,
    '-T',
    file,
    '-H',
    `x-auth-token: ${glance.token}`,
    '-H',
    type,
    `${glance.url}/v2/images/${id}/file`,
  )
  const ms = performance.now() - begun
  await glance.remove(id)
  return ms
}

/** Sends the file to the operator as any tus client would; the clock stops when the Image is ready. */
async function send(
  operator: Operator,
  cluster: Cluster,
  { file, size, name }: { file: string; size: number; name: string },
  signal: AbortSignal,
): Promise<{ ms: number; growth: number }> {
  const { ticket, annotation } = makeTicket({ now: Date.now(), lifetimeSeconds: 3600 })
  const image: Image = {
    metadata: { namespace: 'bench', name, annotations: { [UPLOAD_TICKET_ANNOTATION]: annotation } },
    spec: { cloudRef: { name: 'cloud' }, source: { type: 'Upload', upload: { size: `${size}` } }, diskFormat: 'raw' },
  }
  await cluster.images.create([image])
  const { url } = await cluster.images.until(image, ({ status }) => status?.upload, signal)
  const tus = ['-H', 'tus-resumable: 1.0.0', '-H', `authorization: Bearer ${ticket}`]
  await curl(signal, '-X', 'POST', ...tus, '-H', `upload-length: ${size}`, url)

  const before = operator.memory().now
  let most = before
  const sampling = setInterval(() => {
    most = Math.max(most, operator.memory().now)
  }, 50)
  const begun = performance.now()
  const type = ['-H', 'upload-offset: 0', '-H', 'content-type: application/offset+octet-stream']
  await curl(signal, '-X', 'PATCH', ...tus, ...type, '-T', file, url)
  await cluster.images.until(image, isReady, signal)
  const ms = performance.now() - begun
  clearInterval(sampling)
  await cluster.images.remove([image], signal)
  return { ms, growth: most - before }
}

/** Runs curl as a process of its own; throws what a server refuses. */
async function curl(signal: AbortSignal, ...args: string[]): Promise<void> {
  const always = ['--silent', '--show-error', '--fail-with-body', '-H', 'expect:']
  await promisify(execFile)('curl', [...always, ...args], { signal })
}
