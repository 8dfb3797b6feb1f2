import type { GlanceImage } from './glance-image.ts'
import type { ImagePageOptions, ImageService } from './image-service.ts'
import { Inventory, type InventoryOptions } from './inventory.ts'
import { type Lister, wholeSecond } from './lister.ts'
import { readMark } from './mark.ts'
import { NewestFirstList, type Page, readPages } from './paged-list.ts'

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

/** Glance's lists. Pages are of 1,000, newest first. */
class ImageLister implements Lister<GlanceImage> {
  readonly #images: ImageService
  readonly #owner: string | undefined
  readonly #lists = {
    plain: new NewestFirstList<GlanceImage>(({ id }) => id),
    hidden: new NewestFirstList<GlanceImage>(({ id }) => id),
  }

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
      const expected = [...known.values()].filter((image) => image.os_hidden === hidden)
      found.push(...(await this.#lists[list].read(this.#reader({ hidden, signal }), expected)))
    }
    return newestOfEach(found)
  }

  async changes(since: number, signal: AbortSignal): Promise<GlanceImage[]> {
    const updatedSince = wholeSecond(since)
    const found: GlanceImage[] = []
    for (const list of lists) {
      found.push(...(await readPages(this.#reader({ hidden: list === 'hidden', updatedSince, signal }))))
    }
    return newestOfEach(found)
  }

  async get(id: string, signal: AbortSignal): Promise<GlanceImage | undefined> {
    const image = await this.#images.get(id, { signal })
    return image?.status === 'deleted' ? undefined : image
  }

  #reader(options: ImagePageOptions) {
    return async (marker: string | undefined): Promise<Page<GlanceImage>> => {
      const { images, next } = await this.#images.page({ ...options, owner: this.#owner, marker })
      return { items: images, next }
    }
  }
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
