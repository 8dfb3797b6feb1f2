/** Large enough to make the cost of each step small, small enough to stay in a processor's cache. */
const BLOCK_BYTES = 512 * 1_024

/** A piece of memory that is used again, and that threads may share. */
export type Block = Uint8Array<SharedArrayBuffer>

/**
 * The memory of one transfer. What is lent is used again only when it was given back: a receiver that keeps its bytes
 * for longer, or never gives any back, costs memory and nothing else.
 */
export class Blocks {
  readonly blockBytes: number
  readonly #free: Block[] = []
  /** By what was lent: giving back twice does nothing. */
  readonly #lent = new WeakMap<Uint8Array, Block>()

  constructor(blockBytes = BLOCK_BYTES) {
    this.blockBytes = blockBytes
  }

  /** A whole block to fill. Its content is whatever was there. */
  take(): Block {
    return this.#free.pop() ?? new Uint8Array(new SharedArrayBuffer(this.blockBytes))
  }

  /** The first `length` bytes of a block that `take` gave. */
  lend(block: Block, length: number): Block {
    const lent = block.subarray(0, length)
    this.#lent.set(lent, block)
    return lent
  }

  /** The bytes are needed no more. What was not lent here is left alone. */
  giveBack(lent: Uint8Array): void {
    const block = this.#lent.get(lent)
    if (block === undefined) return
    this.#lent.delete(lent)
    this.#free.push(block)
  }
}
