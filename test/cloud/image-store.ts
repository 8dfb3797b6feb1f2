import { randomUUID } from 'node:crypto'
import { blankImage, contentFields, forgetJson, type StoredImage } from './image.ts'

/** The images of the cloud: what Glance keeps in its database. */
export class ImageStore {
  readonly #images = new Map<string, StoredImage>()
  readonly #takenIds = new Set<string>()
  readonly #now: () => number
  #version = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version
  }

  get size(): number {
    return this.#images.size
  }

  /** Ids compare without regard to case, as in Glance's database. */
  get(id: string): StoredImage | undefined {
    return this.#images.get(id.toLowerCase())
  }

  all(): IterableIterator<StoredImage> {
    return this.#images.values()
  }

  named(name: string): StoredImage[] {
    return [...this.all()].filter((image) => image.name === name)
  }

  /** Ids of deleted images stay taken. */
  isTaken(id: string): boolean {
    return this.#takenIds.has(id.toLowerCase())
  }

  add(fields: Partial<StoredImage> & { owner: string }): StoredImage {
    const time = this.second()
    const image: StoredImage = { ...blankImage(time), ...fields, id: fields.id ?? randomUUID() }
    this.#images.set(image.id.toLowerCase(), image)
    this.#takenIds.add(image.id.toLowerCase())
    this.#version++
    return image
  }

  /** Call after every change of an image's fields: it sets `updated_at`. */
  saved(image: StoredImage): void {
    image.updated_at = this.second()
    this.touched(image)
  }

  /** For changes that leave `updated_at` alone. */
  touched(image: StoredImage): void {
    forgetJson(image)
    this.#version++
  }

  remove(image: StoredImage): void {
    image.status = 'deleted'
    image.content = undefined
    image.staged = undefined
    this.#images.delete(image.id.toLowerCase())
    this.#version++
  }

  /** Active images by the thousand, without requests. Returns their ids. */
  seed(count: number, owner: string, fields: (index: number) => Partial<StoredImage> = () => ({})): string[] {
    const content = Buffer.from('seeded')
    const data = contentFields(content)
    return Array.from({ length: count }, (_, index) => {
      const name = `seed-${String(index).padStart(5, '0')}`
      return this.add({
        ...{ owner, name, disk_format: 'raw', container_format: 'bare', status: 'active', stores: ['fast'], content },
        ...data,
        ...fields(index),
      }).id
    })
  }

  /** Now, at the database's resolution. */
  second(): number {
    return Math.floor(this.#now() / 1000) * 1000
  }
}
