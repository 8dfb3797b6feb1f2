import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import xz from 'xz-decompress'
import type { ByteStream } from './source.ts'
import type { Decompress } from './transfer.ts'
import { TransferError } from './transfer-error.ts'

/** The content of a packed stream. A stream that is not what `how` says, or is cut off, throws InvalidSpec. */
export async function* decompressed(stream: ByteStream, how: Decompress): ByteStream {
  if (how === 'None') return yield* stream
  let upstream: { error: unknown } | undefined
  const tapped = (async function* () {
    try {
      // What unpacks may keep chunks for longer than they are lent.
      for await (const chunk of stream) yield Buffer.from(chunk)
    } catch (error) {
      upstream = { error }
      throw error
    }
  })()
  try {
    yield* how === 'Gzip' ? gunzipped(tapped) : unxzed(tapped)
  } catch (error) {
    if (upstream !== undefined) throw upstream.error
    throw new TransferError(`the file cannot be unpacked as ${how.toLowerCase()}: ${(error as Error).message}`, {
      class: 'InvalidSpec',
      code: 'DecompressionFailed',
      cause: error,
    })
  }
}

async function* gunzipped(stream: ByteStream): ByteStream {
  const gunzip = createGunzip({ chunkSize: 256 * 1_024 })
  // Errors of both ends arrive at the reader of `gunzip`.
  pipeline(Readable.from(stream, { objectMode: false }), gunzip, () => {})
  yield* gunzip
}

/** A WebAssembly build of xz-embedded: no native code reads what strangers packed, at about 170 MB/s of output. */
async function* unxzed(stream: ByteStream): ByteStream {
  yield* new xz.XzReadableStream(ReadableStream.from(stream) as ReadableStream<Uint8Array<ArrayBuffer>>)
}
