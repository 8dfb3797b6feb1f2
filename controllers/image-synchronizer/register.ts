import type { Runtime } from '../runtime.ts'
import { ImageSynchronizer } from './synchronizer.ts'

/** Puts the synchronizer to work and returns it, to be told of changes. */
export function registerImageSynchronizer(runtime: Runtime): ImageSynchronizer {
  const { client, informers, registry, shards, logger, metrics, options, usersOf } = runtime
  const { clouds, images } = informers
  const synchronizer = new ImageSynchronizer({
    ...{ client, clouds, images, registry, logger, usersOf },
    ownership: shards,
    queue: metrics.queue('image-synchronizer'),
    workers: options.workers,
  })
  runtime.workers.push(synchronizer)
  return synchronizer
}
