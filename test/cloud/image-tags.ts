import { HTML_TYPE } from './glance-errors.ts'
import { type Call, HttpError, type Reply } from './http.ts'
import { callerOf, requireOwner, visibleImage } from './image-policy.ts'
import { checkLimits, checkValue } from './image-schema.ts'
import type { ImageStore } from './image-store.ts'

/** Single tags of an image. */
export class ImageTags {
  readonly #images: ImageStore

  constructor(images: ImageStore) {
    this.#images = images
  }

  set(call: Call): Reply {
    const caller = callerOf(call)
    const tag = call.params[1] ?? ''
    checkValue('tags', [tag])
    const image = visibleImage(this.#images, call, caller)
    requireOwner(image, caller, 'modify_image')
    const tags = [...new Set([...image.tags, tag])]
    checkLimits({ tags })
    image.tags = tags
    this.#images.saved(image)
    return { status: 204, headers: HTML_TYPE }
  }

  remove(call: Call): Reply {
    const caller = callerOf(call)
    const image = visibleImage(this.#images, call, caller)
    requireOwner(image, caller, 'modify_image')
    const tag = call.params[1] ?? ''
    if (!image.tags.includes(tag)) throw new HttpError(404, 'The resource could not be found.')
    image.tags = image.tags.filter((one) => one !== tag)
    this.#images.saved(image)
    return { status: 204, headers: HTML_TYPE }
  }
}
