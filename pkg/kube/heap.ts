/** A binary heap: `peek` and `pop` give the item with the smallest rank. */
export class Heap<T> {
  #items: T[]
  readonly #rank: (item: T) => number

  constructor(rank: (item: T) => number, items: T[] = []) {
    this.#rank = rank
    this.#items = []
    for (const item of items) this.push(item)
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const rank = this.#rank(item)
    let hole = this.#items.push(item) - 1
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = this.#items[parent] as T
      if (this.#rank(above) <= rank) break
      this.#items[hole] = above
      hole = parent
    }
    this.#items[hole] = item
  }

  pop(): T | undefined {
    const top = this.#items[0]
    const last = this.#items.pop()
    if (this.#items.length > 0 && last !== undefined) this.#sink(last)
    return top
  }

  /** Drops every item that the test refuses. */
  keep(test: (item: T) => boolean): void {
    const kept = this.#items.filter(test)
    this.#items = []
    for (const item of kept) this.push(item)
  }

  /** Puts the item into the hole at the top and lets it sink to its place. */
  #sink(item: T): void {
    const rank = this.#rank(item)
    const size = this.#items.length
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= size) break
      const right = child + 1
      if (right < size && this.#rank(this.#items[right] as T) < this.#rank(this.#items[child] as T)) child = right
      const below = this.#items[child] as T
      if (this.#rank(below) >= rank) break
      this.#items[hole] = below
      hole = child
    }
    this.#items[hole] = item
  }
}
