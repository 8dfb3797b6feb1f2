import { HealthServer } from '../pkg/kube/health.ts'
import type { Logger } from '../pkg/kube/log.ts'
import { registerClouds } from './cloud/register.ts'
import { registerDesktops } from './desktop/register.ts'
import { registerDesktopResizes } from './desktop-resize/register.ts'
import { registerDesktopSynchronizer } from './desktop-synchronizer/register.ts'
import { registerDesktopTemplates } from './desktop-template/register.ts'
import { registerFlavors } from './flavor/register.ts'
import { registerImages } from './image/register.ts'
import { registerImageSynchronizer } from './image-synchronizer/register.ts'
import { incomplete, runInformers } from './informers.ts'
import { registerKeyPairs } from './key-pair/register.ts'
import type { OperatorOptions } from './options.ts'
import { registerProjectQuotas } from './project-quota/register.ts'
import { createRuntime, type Runtime } from './runtime.ts'

/** How long the end of work may take before the process goes anyway. */
const STOP_MS = 30_000

/** The whole operator in one process. Returns when the signal is aborted and all work has ended. */
export async function runOperator(options: OperatorOptions, logger: Logger, signal: AbortSignal): Promise<void> {
  const runtime = await createRuntime(options, logger)
  register(runtime)
  // Before the caches fill: other replicas may add to a spool that they share, for objects that the caches lack yet.
  const spooled = await runtime.uploads.spooled()
  const health = await startHealth(runtime)
  const work = new AbortController()
  const caches = new AbortController()
  const following = [runInformers(runtime.informers, caches.signal), sweepUploads(runtime, spooled, signal)]
  const working = runtime.workers.map((worker) => worker.run(work.signal))
  logger.info({ shards: options.shards, identity: options.identity }, 'the operator is running')
  try {
    await runtime.shards.run(signal)
  } finally {
    work.abort()
    await atMost(STOP_MS, Promise.all(working))
    for (const end of runtime.ends) end()
    await runtime.uploadService?.close()
    caches.abort()
    await Promise.all(following)
    await runtime.events.stop()
    await health.close()
    logger.info({}, 'the operator has stopped')
  }
}

/** All kinds, and who hears of what. */
function register(runtime: Runtime): void {
  const lookAtCloud = registerClouds(runtime)
  registerFlavors(runtime)
  registerKeyPairs(runtime)
  const foundImages = registerImageSynchronizer(runtime)
  registerImages(runtime, {
    glanceImage: (cloudKey, id) => foundImages.enqueue(cloudKey, id),
    cloud: (cloudKey) => {
      lookAtCloud(cloudKey)
      foundImages.enqueueCloud(cloudKey)
    },
  })
  registerDesktopTemplates(runtime)
  const foundServers = registerDesktopSynchronizer(runtime)
  registerDesktops(runtime, {
    server: (cloudKey, id) => foundServers.enqueue(cloudKey, id),
    cloud: (cloudKey) => foundServers.enqueueCloud(cloudKey),
  })
  registerProjectQuotas(runtime)
  registerDesktopResizes(runtime)
}

async function startHealth({ metrics, informers, options }: Runtime): Promise<HealthServer> {
  const caches = () => {
    const missing = incomplete(informers)
    return missing.length === 0 ? undefined : `not read completely yet: ${missing.join(', ')}`
  }
  const health = new HealthServer({ metrics, ready: { caches } })
  await health.listen(options.metricsAddress.port, options.metricsAddress.host)
  return health
}

/** Once all objects are known, bytes that were spooled before for those that are no more are removed. */
async function sweepUploads(
  { synced, informers, uploads }: Runtime,
  spooled: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (!(await synced(signal))) return
  const alive = new Set(informers.images.list().map(({ metadata }) => metadata.uid))
  for (const uid of spooled) if (!alive.has(uid)) await uploads.remove(uid)
}

async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, milliseconds)
  await Promise.race([work, late.promise])
  clearTimeout(timer)
}
