import type { ContentDigest } from './content-digest.ts'
import { HEAD_BYTES } from './disk-format.ts'
import type { ByteStream } from './source.ts'
import type { Digests } from './transfer.ts'
import { TransferError } from './transfer-error.ts'

/** Shows each chunk to `look` as it passes. */
export async function* tapped(stream: ByteStream, look: (chunk: Uint8Array) => void): ByteStream {
  for await (const chunk of stream) {
    look(chunk)
    yield chunk
  }
}

/**
 * Hashes what passes, each chunk while the next one comes: nobody has it before it is hashed. The last one passes only
 * after `verify` agreed.
 */
export async function* heldBack(
  stream: ByteStream,
  begin: () => ContentDigest,
  verify: (digests: Digests) => void,
): ByteStream {
  let digest: ContentDigest | undefined
  let held: { chunk: Uint8Array; hashed: Promise<void> } | undefined
  try {
    for await (const chunk of stream) {
      digest ??= begin()
      const hashed = digest.update(chunk)
      // Thrown where it is waited for.
      hashed.catch(() => {})
      if (held !== undefined) {
        await held.hashed
        yield held.chunk
      }
      held = { chunk, hashed }
    }
    digest ??= begin()
    const digests = await digest.digests()
    // Not afterwards: a receiver may be content with the last byte, and ask no more.
    await digest.close()
    verify(digests)
    if (held !== undefined) yield held.chunk
  } finally {
    await digest?.close()
  }
}

/** Shows the first 64 KiB (or all there is) to `check` before anything passes. */
export async function* headChecked(stream: ByteStream, check: (head: Uint8Array) => void): ByteStream {
  let head: Uint8Array[] | undefined = []
  let bytes = 0
  for await (const chunk of stream) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head.push(chunk)
    bytes += chunk.length
    if (bytes < HEAD_BYTES) continue
    check(Buffer.concat(head).subarray(0, HEAD_BYTES))
    yield* head
    head = undefined
  }
  if (head === undefined) return
  check(Buffer.concat(head))
  yield* head
}

/** Throws InvalidSpec as soon as more than `limit` bytes have come. */
export async function* limited(stream: ByteStream, limit: number, what: string): ByteStream {
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > limit) throw tooLarge(what, limit)
    yield chunk
  }
}

export function tooLarge(what: string, limit: number): TransferError {
  return new TransferError(`${what} is larger than the ${limit} bytes that are allowed`, {
    class: 'InvalidSpec',
    code: 'TooLarge',
  })
}

/**
 * Pulls the first chunk now, so that whoever gets the stream is not bothered with one that fails at once. The rest is
 * pulled as it is read.
 */
export async function primed(stream: ByteStream): Promise<ByteStream> {
  const iterator = stream[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array> | undefined = await iterator.next()
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        if (first === undefined) return iterator.next()
        const result = first
        first = undefined
        return Promise.resolve(result)
      },
      return: async () => {
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }),
  }
}
