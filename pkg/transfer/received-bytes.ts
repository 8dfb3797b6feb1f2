import { createHash } from 'node:crypto'
import type { ByteWriter } from './byte-store.ts'
import type { ByteStream } from './source.ts'
import { UploadError } from './upload-error.ts'

/** Bytes that come with a checksum are kept in memory until it is right. */
const CHECKED_BYTES = 16 * 1_024 ** 2

/** A client's checksum of what it sends with one request. */
export interface RequestChecksum {
  algorithm: 'sha1' | 'sha256' | 'sha512'
  digest: Buffer
}

/** Called with the bytes so far, before they count; throws where there are too many. */
type CheckSize = (size: number) => void

/** Stores bytes as they come. A client that goes away is no error: what arrived counts. */
export async function store(bytes: ByteStream, writer: ByteWriter, checkSize: CheckSize): Promise<void> {
  let size = 0
  try {
    for await (const chunk of whatComes(bytes)) {
      size += chunk.length
      checkSize(size)
      await writer.append(chunk)
    }
  } finally {
    // What came before a failure counts as well.
    await writer.commit()
  }
}

/** Stores bytes once all of them are there and have the digest that was sent with them; otherwise none. */
export async function storeChecked(
  bytes: ByteStream,
  writer: ByteWriter,
  checkSize: CheckSize,
  { algorithm, digest }: RequestChecksum,
): Promise<void> {
  const chunks: Uint8Array[] = []
  const hash = createHash(algorithm)
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    checkSize(size)
    if (size > CHECKED_BYTES) {
      throw new UploadError(413, 'ChunkTooLarge', `a PATCH with Upload-Checksum may have ${CHECKED_BYTES} bytes`)
    }
    hash.update(chunk)
    chunks.push(Buffer.from(chunk))
  }
  if (!hash.digest().equals(digest)) {
    throw new UploadError(460, 'ChecksumMismatch', `the bytes do not have the ${algorithm} that was sent with them`)
  }
  for (const chunk of chunks) await writer.append(chunk)
  await writer.commit()
}

/** The bytes until their end, or until the client went away. */
async function* whatComes(bytes: ByteStream): ByteStream {
  try {
    yield* bytes
  } catch {
    // The connection is gone, so nobody is there to be told; HEAD tells how far it came.
  }
}
