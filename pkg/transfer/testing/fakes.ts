import { createHash } from 'node:crypto'
import { Failure, type FailureClass } from '../../failure/failure.ts'
import type { Sink, WriteOptions } from '../sink.ts'
import type { ByteStream, OpenedSource, OpenOptions, Source } from '../source.ts'

/** `length` bytes that look random and are always the same. */
export function sampleBytes(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, i) => createHash('sha512').update(`${i}`).digest())
  return Buffer.concat(blocks).subarray(0, length)
}

export function hexDigest(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

export function failure(failureClass: FailureClass, code = 'Test'): Failure {
  return new Failure(`it is ${failureClass}`, { class: failureClass, code })
}

export async function* chunksOf(bytes: Uint8Array, size: number): ByteStream {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size)
}

/** Everything, whether its chunks are lent or kept. */
export async function collect(stream: ByteStream): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Bytes in memory, whose connection is lost after `cuts[n]` bytes of the nth open. */
export class MemorySource implements Source {
  readonly name = 'the test file'
  readonly opens: number[] = []
  readonly outcomes: (Failure | undefined)[] = []
  bytes: Uint8Array
  total: number | undefined
  validator = 'one'
  chunkSize = 1_000
  cuts: number[] = []

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.total = bytes.length
  }

  async open({ offset, validator, signal }: OpenOptions): Promise<OpenedSource> {
    signal.throwIfAborted()
    this.opens.push(offset)
    if (validator !== undefined && validator !== this.validator) throw failure('Unavailable', 'SourceChanged')
    return { stream: this.#stream(offset, this.cuts.shift()), total: this.total, validator: this.validator }
  }

  settled(outcome: Failure | undefined): void {
    this.outcomes.push(outcome)
  }

  async *#stream(offset: number, cut: number | undefined): ByteStream {
    yield* chunksOf(this.bytes.subarray(offset, cut === undefined ? undefined : offset + cut), this.chunkSize)
    if (cut !== undefined) throw failure('Unavailable', 'ConnectionLost')
  }
}

/** Keeps what it got of each complete write, and fails where told: before the first byte, or after `failAfter` bytes. */
export class MemorySink implements Sink {
  readonly complete: Buffer[] = []
  readonly sizes: (number | undefined)[] = []
  writes = 0
  brokenOff = 0
  failures: { after: number; failure: Failure }[] = []

  /** Whether exactly one write was completed, and that of these bytes. */
  got(bytes: Uint8Array): boolean {
    return this.complete.length === 1 && this.complete[0]?.equals(bytes) === true
  }

  async write(stream: ByteStream, { size }: WriteOptions): Promise<void> {
    this.writes++
    this.sizes.push(size)
    const planned = this.failures.shift()
    const chunks: Uint8Array[] = []
    let bytes = 0
    if (planned?.after === 0) throw planned.failure
    try {
      for await (const chunk of stream) {
        chunks.push(chunk)
        bytes += chunk.length
        if (planned !== undefined && bytes >= planned.after) throw planned.failure
      }
    } catch (error) {
      this.brokenOff++
      throw error
    }
    if (planned !== undefined) throw planned.failure
    this.complete.push(Buffer.concat(chunks))
  }
}
