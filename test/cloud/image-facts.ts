import { canSee } from './image-policy.ts'
import type { ImageStore } from './image-store.ts'

/** What Nova and Cinder ask of an image. */
export interface ImageFacts {
  readonly id: string
  readonly name: string
  readonly status: string
  /** Bytes; null as long as there is no data. */
  readonly size: number | null
  /** GiB. */
  readonly minDisk: number
  /** MiB. */
  readonly minRam: number
}

/** The image, if the project may see it. */
export type FindImage = (id: string, projectId: string, isAdmin: boolean) => ImageFacts | undefined

export function imageFinder(images: ImageStore): FindImage {
  return (id, project, isAdmin) => {
    const image = images.get(id)
    if (!image || !canSee(image, { project, isAdmin, userId: '', isMember: true })) return undefined
    const { name, status, size, min_disk: minDisk, min_ram: minRam } = image
    return { id: image.id, name: name ?? '', status, size, minDisk, minRam }
  }
}
