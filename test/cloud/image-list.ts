import { fold } from './collation.ts'
import { type Call, HttpError } from './http.ts'
import { imageJson, type StoredImage } from './image.ts'

import { type Caller, canSee } from './image-policy.ts'
import { parseQuery, type Query, type SortKey } from './image-query.ts'
import type { ImageStore } from './image-store.ts'

/** Glance's list: filters, order, pages. */
export class ImageList {
  readonly #images: ImageStore
  /** The whole store in one order, kept while nothing changes: a full list asks for it once per page. */
  #sorted: { version: number; order: string; images: StoredImage[]; places: Map<string, number> } | undefined

  constructor(images: ImageStore) {
    this.#images = images
  }

  /** The answer's body, as text. */
  page(call: Call, caller: Caller): string {
    const query = parseQuery(call.query)
    const { images, places } = this.#inOrder(query.sort)
    let start = 0
    if (query.marker !== undefined) {
      const marker = this.#images.get(query.marker)
      if (!marker || !canSee(marker, caller)) throw new HttpError(400, `No image found with ID ${query.marker}`)
      start = (places.get(marker.id) ?? images.length) + 1
    }
    const found: StoredImage[] = []
    for (let at = start; at < images.length && found.length < query.limit; at++) {
      const image = images[at] as StoredImage
      if (isListed(image, caller, query) && query.tests.every((test) => test(image))) found.push(image)
    }
    return render(call.query, found, query.limit)
  }

  #inOrder(sort: Query['sort']) {
    const order = JSON.stringify(sort)
    if (this.#sorted?.version !== this.#images.version || this.#sorted.order !== order) {
      const images = [...this.#images.all()].sort(comparison(sort))
      const places = new Map(images.map((image, place) => [image.id, place]))
      this.#sorted = { version: this.#images.version, order, images, places }
    }
    return this.#sorted
  }
}

/** Lists leave out hidden images, community images of others, and shared ones that were not accepted. */
function isListed(image: StoredImage, caller: Caller, query: Query): boolean {
  const own = image.owner === caller.project
  if (image.visibility === 'community' && !own && query.visibility !== 'community' && query.visibility !== 'all') {
    return false
  }
  if (own || caller.isAdmin || image.visibility === 'public' || image.visibility === 'community') return true
  if (image.visibility !== 'shared') return false
  const member = image.members.get(caller.project)
  return member !== undefined && (query.memberStatus === 'all' || member.status === query.memberStatus)
}

function comparison(sort: Query['sort']) {
  const folded = new Map<string, string>()
  const value = (image: StoredImage, key: SortKey): string | number => {
    const raw = image[key]
    if (typeof raw === 'number') return raw
    if (key !== 'name') return raw ?? ''
    const text = raw ?? ''
    let known = folded.get(text)
    if (known === undefined) {
      known = fold(text)
      folded.set(text, known)
    }
    return known
  }
  return (a: StoredImage, b: StoredImage): number => {
    for (const [key, direction] of sort) {
      const left = value(a, key)
      const right = value(b, key)
      if (left !== right) return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1)
    }
    return 0
  }
}

/** The links repeat the query with the last value of each name; a full page has a next link, also when nothing follows. */
function render(params: URLSearchParams, found: readonly StoredImage[], limit: number): string {
  const repeated = new URLSearchParams(Object.fromEntries(params))
  repeated.delete('marker')
  const first = repeated.size > 0 ? `/v2/images?${repeated}` : '/v2/images'
  const last = found.at(-1)
  let next = ''
  if (last && found.length === limit) {
    repeated.append('marker', last.id)
    next = `, "next": ${JSON.stringify(`/v2/images?${repeated}`)}`
  }
  const images = found.map(imageJson).join(', ')
  return `{"images": [${images}], "first": ${JSON.stringify(first)}${next}, "schema": "/v2/schemas/images"}`
}
