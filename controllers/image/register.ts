import type { Image } from '../../api/v1alpha1/objects.ts'
import type { InformerEvent } from '../../pkg/kube/informer.ts'
import type { Logger } from '../../pkg/kube/log.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { Uploads } from '../../pkg/transfer/uploads.ts'
import type { Runtime } from '../runtime.ts'
import { onUserGone, usersOf } from '../users.ts'
import { HttpSources } from './http-sources.ts'
import { ImageKind } from './image-kind.ts'
import { ImageMemory } from './memory.ts'
import { TransferJobs } from './transfer-jobs.ts'
import { type WakeTargets, wakeOn } from './wake.ts'

/** Puts the Image kind to work; `others` hears of changes in clouds too. */
export function registerImages(runtime: Runtime, others: Omit<WakeTargets, 'object'>): void {
  const { client, informers, logger, registry, addresses, transfers, uploads, uploadService, shards } = runtime
  const { clouds, images } = informers
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
    holdersOf: (image, id) => images.byIndex('cloudID', `${cloudKeyOf(image)}/${id}`),
    uploadOf: (image) => uploadService?.urlOf(image),
    usersOf: (image) => usersOf(informers, 'Image', image),
  })
  const controller = runtime.control('image', kind, images)
  const object = (key: string) => controller.enqueue(key)
  runtime.ends.push(onUserGone(informers, 'Image', object))
  runtime.ends.push(images.subscribe((event) => dropSpooled(event, uploads, logger)))
  runtime.ends.push(wakeOn({ images, clouds, registry, transfers, uploads }, { ...others, object }))
}

/** Spooled bytes go with their object, whichever replica sees it go; what is missed is swept at the next start. */
function dropSpooled({ type, object }: InformerEvent<Image>, uploads: Uploads, logger: Logger): void {
  if (type !== 'Deleted' || object.spec.source.type !== 'Upload') return
  const { uid = '', namespace, name } = object.metadata
  uploads.remove(uid).catch((err: unknown) => {
    logger.warn({ err, namespace, name }, 'spooled bytes of a deleted Image could not be removed')
  })
}
