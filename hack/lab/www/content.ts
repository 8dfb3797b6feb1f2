import { createCipheriv, createHash } from 'node:crypto'

/** What is served under a path: bytes at hand, or that many pseudo-random ones, the same for the same seed. */
export type Content = Uint8Array | { size: number; seed: number }

const CHUNK = 64 << 10

export function sizeOf(content: Content): number {
  return content instanceof Uint8Array ? content.length : content.size
}

/** The bytes from `start` up to, not including, `end`, in chunks that are made as they are asked for. */
export function* chunksOf(content: Content, start = 0, end = sizeOf(content)): Generator<Uint8Array> {
  for (let at = start; at < end; ) {
    const next = Math.min(end, at - (at % CHUNK) + CHUNK)
    yield content instanceof Uint8Array ? content.subarray(at, next) : generated(content.seed, at, next)
    at = next
  }
}

/** Hexadecimal digest of the whole content. */
export function digestOf(content: Content, algorithm: 'md5' | 'sha256' | 'sha512'): string {
  const hash = createHash(algorithm)
  for (const chunk of chunksOf(content)) hash.update(chunk)
  return hash.digest('hex')
}

/** Bytes of a stream that can be entered anywhere: AES in counter mode, keyed by the seed, one counter per 16 bytes. */
function generated(seed: number, start: number, end: number): Uint8Array {
  const key = createHash('md5').update(`${seed}`).digest()
  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(Math.floor(start / 16)), 8)
  const skip = start % 16
  const cipher = createCipheriv('aes-128-ctr', key, counter)
  return cipher.update(Buffer.alloc(end - start + skip)).subarray(skip)
}
