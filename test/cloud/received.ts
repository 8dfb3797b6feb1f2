import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { HttpError } from './http.ts'
import { HEADER_BYTES } from './image-format.ts'

/** Larger contents are hashed and forgotten. */
const KEPT_BYTES = 4 * 1024 * 1024
/** What is known of received bytes. */
export interface Received {
  readonly size: number
  readonly md5: string
  readonly sha256: string
  readonly sha512: string
  readonly header: Buffer
  readonly content: Buffer | undefined
}

/** Reads to the end with constant memory. Fails when the sender goes away. */
export async function receive(
  body: Readable,
  { announced, check }: { announced?: number | undefined; check: (size: number) => void },
): Promise<Received> {
  const hashes = { md5: createHash('md5'), sha256: createHash('sha256'), sha512: createHash('sha512') }
  const kept: Buffer[] = []
  let keptSize = 0
  let size = 0
  // A refusal in the middle must leave the connection open for the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length
    check(size)
    if (announced !== undefined && size > announced) {
      throw new HttpError(400, `Size exceeds: expected ${announced} bytes, got ${size} bytes`)
    }
    for (const hash of Object.values(hashes)) hash.update(chunk)
    if (keptSize < HEADER_BYTES || size <= KEPT_BYTES) {
      kept.push(chunk)
      keptSize += chunk.length
    }
  }
  if (announced !== undefined && size !== announced) {
    throw new HttpError(400, `Size mismatch: expected ${announced} bytes, got ${size} bytes`)
  }
  const content = Buffer.concat(kept)
  return {
    size,
    md5: hashes.md5.digest('hex'),
    sha256: hashes.sha256.digest('hex'),
    sha512: hashes.sha512.digest('hex'),
    header: content.subarray(0, HEADER_BYTES),
    content: content.length === size ? content : undefined,
  }
}
