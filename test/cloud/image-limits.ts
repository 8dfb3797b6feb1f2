import { HttpError } from './http.ts'
import type { ImageStore } from './image-store.ts'

const MEBIBYTE = 1024 * 1024

/** What the cloud's administrators limit; all of it can be changed while the cloud runs. */
export class ImageLimits {
  /** Glance's image_size_cap, in bytes. */
  sizeCap = 10 * 1024 * MEBIBYTE
  /** Quota of each project in MiB and in images; undefined: no quotas, as in the lab's OpenStack. */
  sizeTotal: number | undefined
  countTotal: number | undefined
  /** Bytes that the store can hold altogether. */
  storeCapacity = Number.POSITIVE_INFINITY
  readonly #images: ImageStore

  constructor(images: ImageStore) {
    this.#images = images
  }

  /** While bytes arrive. */
  checkSize(size: number): void {
    if (size > this.sizeCap) {
      throw new HttpError(413, 'The incoming image is too large: The provided image is too large.')
    }
    if (this.storeCapacity === Number.POSITIVE_INFINITY) return
    if (this.#bytes() + size > this.storeCapacity) {
      throw new HttpError(
        413,
        'Image storage media is full: There is not enough disk space on the image storage media.',
      )
    }
  }

  checkSizeTotal(project: string, bytes: number): void {
    if (this.sizeTotal === undefined) return
    this.#check(project, 'image_size_total', this.sizeTotal, this.#mebibytes(project), Math.floor(bytes / MEBIBYTE))
  }

  checkCount(project: string): void {
    if (this.countTotal === undefined) return
    this.#check(project, 'image_count_total', this.countTotal, this.#count(project), 1)
  }

  usage(project: string): object {
    return {
      ...(this.sizeTotal !== undefined && {
        image_size_total: { usage: this.#mebibytes(project), limit: this.sizeTotal },
      }),
      ...(this.countTotal !== undefined && {
        image_count_total: { usage: this.#count(project), limit: this.countTotal },
      }),
    }
  }

  #check(project: string, resource: string, limit: number, usage: number, delta: number): void {
    if (usage + delta <= limit) return
    const why = `Resource ${resource} is over limit of ${limit} due to current usage ${usage} and delta ${delta}`
    throw new HttpError(413, `Project ${project} is over a limit for [${why}]`)
  }

  #bytes(project?: string): number {
    let sum = 0
    for (const image of this.#images.all()) {
      if (project === undefined || image.owner === project) sum += (image.size ?? 0) * image.stores.length
    }
    return sum
  }

  #mebibytes(project: string): number {
    return Math.floor(this.#bytes(project) / MEBIBYTE)
  }

  #count(project: string): number {
    return [...this.#images.all()].filter((image) => image.owner === project).length
  }
}
