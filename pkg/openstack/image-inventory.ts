import { OpenStackError } from './errors.ts'
import type { GlanceImage } from './glance-image.ts'
import type { ImagePageOptions, ImageService } from './image-service.ts'
import { Inventory, type InventoryOptions, type Lister } from './inventory.ts'
import { readMark } from './mark.ts'

export interface ImageInventoryOptions extends Omit<InventoryOptions<GlanceImage>, 'indexes'> {
  /** Id of the project whose images are meant (`policy: Project`); ours are among them. Absent: all that are visible. */
  owner?: string | undefined
}

/** The images of a cloud, with indexes `mark` (see `readMark`) and `name`. */
export function createImageInventory(
  images: ImageService,
  options: ImageInventoryOptions = {},
): Inventory<GlanceImage> {
  const { owner, ...rest } = options
  return new Inventory(new ImageLister(images, owner), {
    ...rest,
    indexes: { mark: readMark, name: (image) => image.name },
  })
}

/** Glance keeps hidden images out of the plain list, so there are two lists. */
const lists = ['plain', 'hidden'] as const
type ListName = (typeof lists)[number]

/**
 * Glance's lists. Pages are of 1,000, newest first. Glance announces another page whenever one is full; it is not asked
 * for when the page ends with the image that was the oldest before and everything that we knew has appeared. (An older
 * image that became visible since, shared with us for one, is then seen a full list later, when the numbers differ.)
 */
class ImageLister implements Lister<GlanceImage> {
  readonly #images: ImageService
  readonly #owner: string | undefined
  readonly #oldest = new Map<ListName, string | undefined>()

  constructor(images: ImageService, owner: string | undefined) {
    this.#images = images
    this.#owner = owner
  }

  idOf(image: GlanceImage): string {
    return image.id
  }

  updatedAt(image: GlanceImage): number {
    return Date.parse(image.updated_at)
  }

  async everything(known: ReadonlyMap<string, GlanceImage>, signal: AbortSignal): Promise<GlanceImage[]> {
    const found: GlanceImage[] = []
    for (const list of lists) {
      const hidden = list === 'hidden'
      const isComplete = (images: readonly GlanceImage[]) =>
        images.at(-1)?.id === this.#oldest.get(list) && holdsAll(known, images, hidden)
      const images = await this.#all({ hidden, signal }, isComplete)
      this.#oldest.set(list, images.at(-1)?.id)
      found.push(...images)
    }
    return newestOfEach(found)
  }

  async changes(since: number, signal: AbortSignal): Promise<GlanceImage[]> {
    // Glance compares whole seconds.
    const updatedSince = `${new Date(Math.floor(since / 1000) * 1000).toISOString().slice(0, 19)}Z`
    const found: GlanceImage[] = []
    for (const list of lists) {
      found.push(...(await this.#all({ hidden: list === 'hidden', updatedSince, signal }, () => false)))
    }
    return newestOfEach(found)
  }

  async get(id: string, signal: AbortSignal): Promise<GlanceImage | undefined> {
    const image = await this.#images.get(id, { signal })
    return image?.status === 'deleted' ? undefined : image
  }

  async #all(
    options: ImagePageOptions,
    isComplete: (images: readonly GlanceImage[]) => boolean,
  ): Promise<GlanceImage[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#pages(options, isComplete)
      } catch (error) {
        // The image that marked the next page was deleted meanwhile: begin anew.
        if (attempt === 3 || !(error instanceof OpenStackError) || error.code !== 'BadQuery') throw error
      }
    }
  }

  async #pages(
    options: ImagePageOptions,
    isComplete: (images: readonly GlanceImage[]) => boolean,
  ): Promise<GlanceImage[]> {
    const found: GlanceImage[] = []
    let marker: string | undefined
    do {
      const page = await this.#images.page({ ...options, owner: this.#owner, marker })
      for (const image of page.images) found.push(image)
      marker = page.next
    } while (marker !== undefined && !isComplete(found))
    return found
  }
}

function holdsAll(known: ReadonlyMap<string, GlanceImage>, images: readonly GlanceImage[], hidden: boolean): boolean {
  const ids = new Set(images.map((image) => image.id))
  for (const image of known.values()) if (image.os_hidden === hidden && !ids.has(image.id)) return false
  return true
}

/** An image that was hidden or shown between the two lists may be in both. */
function newestOfEach(images: readonly GlanceImage[]): GlanceImage[] {
  const newest = new Map<string, GlanceImage>()
  for (const image of images) {
    const other = newest.get(image.id)
    if (other === undefined || image.updated_at >= other.updated_at) newest.set(image.id, image)
  }
  return [...newest.values()]
}
