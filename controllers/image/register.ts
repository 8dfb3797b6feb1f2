import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { Runtime } from '../runtime.ts'
import { HttpSources } from './http-sources.ts'
import { ImageKind } from './image-kind.ts'
import { ImageMemory } from './memory.ts'
import { TransferJobs } from './transfer-jobs.ts'
import { type WakeTargets, wakeOn } from './wake.ts'

/** Puts the Image kind to work; `others` hears of changes in clouds too. */
export function registerImages(runtime: Runtime, others: Omit<WakeTargets, 'object'>): void {
  const { client, clouds, images, registry, addresses, transfers, uploads, uploadService, shards } = runtime
  const kind = new ImageKind({
    registry,
    transfers,
    memory: new ImageMemory(),
    jobs: new TransferJobs({
      uploads,
      transfers,
      http: new HttpSources(client, addresses),
      signalOf: (namespace) => shards.signal(namespace),
    }),
    cloudOf: (image) => clouds.get(cloudKeyOf(image)),
    holdersOf: (image, id) => images.byIndex('glanceID', `${cloudKeyOf(image)}/${id}`),
    uploadOf: (image) => uploadService?.urlOf(image),
    usersOf: runtime.usersOf,
  })
  const controller = runtime.control('image', kind, images)
  const object = (key: string) => controller.enqueue(key)
  runtime.ends.push(wakeOn({ images, clouds, registry, transfers, uploads }, { ...others, object }))
}
