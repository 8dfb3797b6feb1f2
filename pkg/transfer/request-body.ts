import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream'
import { Changes } from './changes.ts'
import type { ByteStream } from './source.ts'

const PIECE_BYTES = 256 * 1_024

/**
 * The body of a request, in pieces of what has come by the time that each is asked for. A socket gives 64 KiB at a
 * time; on their way to a disk or a cloud every piece costs as much as a large one. A piece is lent until the next one
 * is asked for. The request stays open for the answer when reading is given up.
 */
export async function* bytesOf(request: IncomingMessage): ByteStream {
  const body = new RequestBody(request)
  try {
    for (;;) {
      const piece = await body.next()
      if (piece === undefined) return
      yield piece
    }
  } finally {
    body.close()
  }
}

/** Two pieces of memory: one fills while the other is read. */
class RequestBody {
  readonly #request: IncomingMessage
  readonly #changes = new Changes()
  readonly #unwatch: () => void
  #filling = Buffer.allocUnsafeSlow(PIECE_BYTES)
  #reading = Buffer.allocUnsafeSlow(PIECE_BYTES)
  #filled = 0
  /** What did not fit any more. */
  #rest: Buffer | undefined
  #end: { error?: Error | null | undefined } | undefined

  constructor(request: IncomingMessage) {
    this.#request = request
    this.#unwatch = finished(request, { writable: false }, (error) => {
      this.#end = { error }
      this.#changes.notify()
    })
    request.on('data', this.#take)
  }

  async next(): Promise<Buffer | undefined> {
    while (this.#filled === 0) {
      if (this.#end?.error) throw this.#end.error
      if (this.#end !== undefined) return undefined
      await this.#changes.wait()
    }
    const piece = this.#filling.subarray(0, this.#filled)
    const rest = this.#rest
    ;[this.#filling, this.#reading] = [this.#reading, this.#filling]
    this.#filled = 0
    this.#rest = undefined
    if (rest !== undefined) {
      this.#take(rest)
      this.#request.resume()
    }
    return piece
  }

  close(): void {
    this.#request.pause().off('data', this.#take)
    this.#unwatch()
  }

  readonly #take = (chunk: Buffer): void => {
    const fits = chunk.subarray(0, PIECE_BYTES - this.#filled)
    this.#filling.set(fits, this.#filled)
    this.#filled += fits.length
    if (fits.length < chunk.length) {
      this.#rest = chunk.subarray(fits.length)
      this.#request.pause()
    }
    this.#changes.notify()
  }
}
