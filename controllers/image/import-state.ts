import type { Image } from '../../api/v1alpha1/objects.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { ImageService } from '../../pkg/openstack/image-service.ts'
import { importMethod } from './import-method.ts'
import type { ImageMemory } from './memory.ts'
import type { ObservedInCloud } from './observed.ts'
import { importIsLocked } from './unchecked.ts'

type ImportState = Pick<ObservedInCloud, 'importFailure' | 'importRunning'>

export interface ImportSources {
  images: Pick<ImageService, 'tasks'>
  memory: Pick<ImageMemory, 'importsInto' | 'recentImportFailure'>
  /** A new value of the refresh annotation. */
  refresh: string | undefined
  signal: AbortSignal
}

const quiet: ImportState = { importFailure: undefined, importRunning: false }

/** How Glance's own import stands. Glance is asked only where the image does not show it. */
export async function importState(
  image: Image,
  found: GlanceImage | undefined,
  sources: ImportSources,
): Promise<ImportState> {
  const method = importMethod(image)
  if (found === undefined || method === undefined) return quiet
  return method === 'web-download' ? await download(found, sources) : await staged(found, sources)
}

/** A download that failed leaves the image `queued`, as it was before. */
async function download(found: GlanceImage, sources: ImportSources): Promise<ImportState> {
  if (found.status !== 'queued') return quiet
  const { memory, refresh } = sources
  if (memory.importsInto(found.id)) {
    const hint = 'check that the cloud can reach the URL, or make a new Image with via: Operator'
    return await askTasks(found, sources, (why) => `Glance could not download the image: ${why}; ${hint}`)
  }
  // Whoever asks for a fresh look wants what failed to be tried again.
  return refresh === undefined ? { ...quiet, importFailure: memory.recentImportFailure(found.id) } : quiet
}

/** An import that failed leaves the image `importing` for good, or `uploading` where it had not begun. */
async function staged(found: GlanceImage, sources: ImportSources): Promise<ImportState> {
  const early = found.status === 'uploading' && sources.memory.importsInto(found.id)
  const late = found.status === 'importing' && !importIsLocked(found)
  if (!early && !late) return quiet
  const next = 'the image is deleted and made anew; send the bytes again if they are asked for'
  return await askTasks(found, sources, (why) => `Glance could not import what was sent: ${why}; ${next}`)
}

async function askTasks(
  { id }: GlanceImage,
  { images, signal }: ImportSources,
  messageFor: (why: string) => string,
): Promise<ImportState> {
  const tasks = await images.tasks(id, { signal })
  const unfinished = tasks.some(({ status }) => status === 'pending' || status === 'processing' || status === 'success')
  if (unfinished) return { importFailure: undefined, importRunning: true }
  const message = tasks.find(({ status }) => status === 'failure')?.message ?? 'Glance does not say why'
  const importFailure = new OpenStackError(messageFor(message), {
    class: 'Refused',
    code: 'ImportFailed',
    service: 'image',
  })
  return { importFailure, importRunning: false }
}
