import type { Blocks } from './blocks.ts'
import type { ContentDigest } from './content-digest.ts'
import { headChecked, heldBack, limited, tapped } from './content-stream.ts'
import { decompressed } from './decompressed.ts'
import { Digest } from './digest.ts'
import { checkFormat } from './format-check.ts'
import { gathered } from './gathered.ts'
import type { ByteStream } from './source.ts'
import type { Checksum, ChecksumAlgorithm, Digests, TransferJob } from './transfer.ts'
import { TransferError } from './transfer-error.ts'

export interface ContentHooks {
  /** Makes what hashes the content, once its first bytes are there. */
  digest: (algorithms: ChecksumAlgorithm[]) => ContentDigest
  /** Called with each chunk's length as the sink gets it (but for the last chunk, which waits for the checks). */
  onWritten: (bytes: number) => void
  /** Called once everything was checked, before the sink gets the last chunk. */
  onChecked: (digests: Digests) => void
}

/**
 * The source's bytes as the sink may have them: unpacked, limited, of the right format, hashed, and the last chunk
 * held back until size and checksum are right.
 */
export function checkedContent(
  published: ByteStream,
  job: TransferJob,
  blocks: Blocks,
  hooks: ContentHooks,
): ByteStream {
  const { checksum, decompress = 'None', format, maxBytes = Number.POSITIVE_INFINITY, source } = job
  const packed = decompress !== 'None'
  const asked: ChecksumAlgorithm[] = checksum === undefined ? [] : [checksum.algorithm]
  const publishedDigest = new Digest(asked)
  let written = 0
  let stream = published
  if (packed)
    stream = decompressed(
      tapped(published, (chunk) => publishedDigest.update(chunk)),
      decompress,
    )
  stream = limited(stream, Math.min(maxBytes, job.size ?? maxBytes), source.name)
  stream = gathered(stream, blocks)
  if (format !== undefined) stream = headChecked(stream, (head) => checkFormat(format, head))
  stream = tapped(stream, ({ length }) => {
    written += length
    hooks.onWritten(length)
  })
  return heldBack(
    stream,
    () => hooks.digest(packed ? ['SHA512'] : ['SHA512', ...asked]),
    (digests) => {
      checkSize(job, written)
      checkDigest(job, packed ? publishedDigest.digests() : digests)
      hooks.onChecked(digests)
    },
  )
}

function checkSize({ size, source }: TransferJob, written: number): void {
  if (written === 0) {
    throw new TransferError(`${source.name} is empty`, { class: 'InvalidSpec', code: 'EmptySource' })
  }
  if (size !== undefined && written !== size) throw wrongSize(source.name, written, size)
}

function checkDigest({ checksum, source }: TransferJob, digests: Digests): void {
  if (checksum === undefined) return
  const { algorithm } = checksum
  const expected = checksum.value.toLowerCase()
  const actual = digests[algorithm]
  if (actual === expected) return
  const message = `the ${algorithm} checksum of ${source.name} is ${actual}, but ${expected} was asked for`
  throw new TransferError(message, { class: 'InvalidSpec', code: 'ChecksumMismatch' })
}

/** The content has another size than was promised. */
export function wrongSize(name: string, actual: number, size: number): TransferError {
  return new TransferError(`${name} has ${actual} bytes, but ${size} were announced`, {
    class: 'InvalidSpec',
    code: 'SizeMismatch',
  })
}

const HEX_DIGITS: Record<ChecksumAlgorithm, number> = { SHA512: 128, SHA256: 64, MD5: 32 }

/** Throws InvalidSpec for a checksum that no content can have. */
export function checkChecksum(checksum: Checksum | undefined): void {
  if (checksum === undefined) return
  const digits = HEX_DIGITS[checksum.algorithm]
  if (checksum.value.length === digits && /^[0-9a-f]+$/i.test(checksum.value)) return
  throw new TransferError(
    `a ${checksum.algorithm} checksum has ${digits} hexadecimal digits, but "${checksum.value}" was given`,
    { class: 'InvalidSpec', code: 'InvalidChecksum' },
  )
}
