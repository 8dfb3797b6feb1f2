import type { ByteStream } from './source.ts'

/** A stream that remembers how it ended, so that a sink's failure can be told from that of its stream. */
export class WatchedStream implements ByteStream {
  readonly #iterator: AsyncIterator<Uint8Array>
  #ended = false
  #failure: { error: unknown } | undefined

  constructor(stream: ByteStream) {
    this.#iterator = stream[Symbol.asyncIterator]()
  }

  /** Whether the reader saw the end. */
  get ended(): boolean {
    return this.#ended
  }

  /** What the stream threw, if it did. */
  get failure(): { error: unknown } | undefined {
    return this.#failure
  }

  /** Lets go of what is behind, whether it was read or not. */
  async close(): Promise<void> {
    await this.#iterator.return?.()
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close()
        return { done: true, value: undefined }
      },
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      const result = await this.#iterator.next()
      if (result.done === true) this.#ended = true
      return result
    } catch (error) {
      this.#failure ??= { error }
      throw error
    }
  }
}
