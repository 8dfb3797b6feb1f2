import { OpenStackError } from './errors.ts'

export interface Page<T> {
  items: T[]
  /** Marker of the next page; absent on the last one. */
  next?: string | undefined
}

type ReadPage<T> = (marker: string | undefined) => Promise<Page<T>>

/** All pages of a list. Begins anew when the item that marked a page is gone meanwhile (`BadQuery`), twice at most. */
export async function readPages<T>(
  page: ReadPage<T>,
  isComplete: (items: readonly T[]) => boolean = () => false,
): Promise<T[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(page, isComplete)
    } catch (error) {
      if (attempt === 3 || !(error instanceof OpenStackError) || error.code !== 'BadQuery') throw error
    }
  }
}

async function readOnce<T>(page: ReadPage<T>, isComplete: (items: readonly T[]) => boolean): Promise<T[]> {
  const found: T[] = []
  let marker: string | undefined
  do {
    const { items, next } = await page(marker)
    for (const item of items) found.push(item)
    marker = next
  } while (marker !== undefined && !isComplete(found))
  return found
}

/**
 * A list whose latest items come first. Services announce another page whenever one is full; it is not asked for when
 * the page ends with the item that was the oldest before and everything that we knew has appeared. So N items cost
 * ⌈N/1000⌉ requests. (An older item that became visible since is then seen when the numbers differ.)
 */
export class NewestFirstList<T> {
  readonly #idOf: (item: T) => string
  #oldest: string | undefined

  constructor(idOf: (item: T) => string) {
    this.#idOf = idOf
  }

  async read(page: ReadPage<T>, known: Iterable<T>): Promise<T[]> {
    const last = (items: readonly T[]) => {
      const item = items.at(-1)
      return item && this.#idOf(item)
    }
    const expected = [...known].map(this.#idOf)
    const isComplete = (items: readonly T[]) => {
      if (last(items) !== this.#oldest) return false
      const ids = new Set(items.map(this.#idOf))
      return expected.every((id) => ids.has(id))
    }
    const items = await readPages(page, isComplete)
    this.#oldest = last(items)
    return items
  }
}
