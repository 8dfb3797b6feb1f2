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
import { Cluster, isReady } from './cluster.ts'
import { Glance } from './glance.ts'
import { median, seconds } from './numbers.ts'
import { Operator } from './operator.ts'
import { ProcessorMeter } from './processor.ts'

const MOST_GROWTH_MEBIBYTES = 64
const LEAST_RATIO = 0.85
const ROUNDS = 3

/** What the operator costs between a client and Glance. Client and operator are the same curl, and another process. */
export const upload: Bench = {
  name: 'upload',
  what: 'rate of an upload of 4 GiB through the operator into Glance, against curl’s PUT to the same Glance',
  bar: `≥ ${LEAST_RATIO} ×, the operator’s memory grows < ${MOST_GROWTH_MEBIBYTES} MiB`,
  run,
}

/** One operator in one mode, with a namespace of its own. */
interface Door {
  mode: 'streaming' | 'spool'
  operator: Operator
  growths: number[]
  times: number[]
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, quick, say } = context
  const reason = whyNoOpenStack()
  if (reason) throw new Error(`no OpenStack here: ${reason}`)
  const size = quick ? 64 << 20 : 4 * 2 ** 30
  const file = join(harnessDirectory('upload'), 'content')
  await pipeline(Readable.from(chunksOf({ size, seed: 1 })), createWriteStream(file))
  const openStack = await startOpenStack({ services: ['glance'], signal })
  await using glance = await Glance.connect(openStack)
  await using cluster = await Cluster.start(signal)
  await using operators = new AsyncDisposableStack()
  const doors: Door[] = []
  for (const mode of ['streaming', 'spool'] as const) {
    await cluster.connect(mode, readFileSync(openStack.cloudsYaml, 'utf8'), { ownerID: `bench-${mode}` })
    const spool = mode === 'spool' ? [`--spool-dir=${harnessDirectory('spool')}`] : []
    const flags = [`--watch-namespaces=${mode}`, `--lease-namespace=${mode}`, ...spool]
    const operator = operators.use(await Operator.start({ kubeconfig: cluster.kube.kubeconfig, flags }, context))
    await cluster.connected(mode, signal)
    doors.push({ mode, operator, growths: [], times: [] })
  }

  const direct: number[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const groups = { OpenStack: () => openStack.pids() }
    const meter = new ProcessorMeter(groups)
    direct.push(await put(glance, file, signal))
    say(`curl's PUT: ${seconds(direct.at(-1) ?? 0)}; ${meter}`)
    for (const door of doors) {
      const meter = new ProcessorMeter({ operator: () => [door.operator.pid], ...groups })
      await through(door, cluster, { file, size, name: `image-${round}` }, signal)
      const { mode, times, growths } = door
      say(`${mode}: ${seconds(times.at(-1) ?? 0)}, +${growths.at(-1)?.toFixed(0)} MiB; ${meter}`)
    }
  }
  await openStack.stop()
  const rows = doors.map(({ mode, times, growths }) => ({
    mode,
    ratio: median(direct) / median(times),
    growth: Math.max(...growths),
  }))
  const rate = (size / 2 ** 20 / median(direct)) * 1000
  return {
    measured: rows
      .map(({ mode, ratio, growth }) => `${mode} ${ratio.toFixed(2)} ×, +${growth.toFixed(0)} MiB`)
      .join('; '),
    met: rows.every(({ ratio, growth }) => ratio >= LEAST_RATIO && growth < MOST_GROWTH_MEBIBYTES),
    details: [`curl's PUT: ${rate.toFixed(0)} MiB/s; medians of ${direct.length}`],
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
async function through(
  { mode, operator, growths, times }: Door,
  cluster: Cluster,
  { file, size, name }: { file: string; size: number; name: string },
  signal: AbortSignal,
): Promise<void> {
  const { ticket, annotation } = makeTicket({ now: Date.now(), lifetimeSeconds: 3600 })
  const image: Image = {
    metadata: { namespace: mode, name, annotations: { [UPLOAD_TICKET_ANNOTATION]: annotation } },
    spec: { cloudRef: { name: 'cloud' }, source: { type: 'Upload', upload: { size: `${size}` } }, diskFormat: 'raw' },
  }
  await cluster.create([image])
  const { url } = await cluster.until(image, ({ status }) => status?.upload, signal)
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
  await cluster.until(image, isReady, signal)
  times.push(performance.now() - begun)
  clearInterval(sampling)
  growths.push(most - before)
  await cluster.remove([image], signal)
}

/** Runs curl as a process of its own; throws what a server refuses. */
async function curl(signal: AbortSignal, ...args: string[]): Promise<void> {
  const always = ['--silent', '--show-error', '--fail-with-body', '-H', 'expect:']
  await promisify(execFile)('curl', [...always, ...args], { signal })
}
