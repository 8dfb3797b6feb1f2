import type { Image } from '../../api/v1alpha1/objects.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { Synchronizer } from '../../pkg/synchronize/synchronizer.ts'
import type { Runtime } from '../runtime.ts'
import { foundImages } from './found-images.ts'

/** Puts the synchronizer to work and returns it, to be told of changes. */
export function registerImageSynchronizer(runtime: Runtime): Synchronizer<Image, GlanceImage> {
  return runtime.synchronize(foundImages(runtime))
}
