import { type DetectedFormat, type DiskFormat, detectFormat, isFormat } from './disk-format.ts'
import { TransferError } from './transfer-error.ts'

const HINTS: Partial<Record<DetectedFormat, string>> = {
  gzip: 'is it compressed? Say decompress: Gzip, or unpack it first',
  xz: 'is it compressed? Say decompress: Xz, or unpack it first',
  zstd: 'it is compressed: unpack it first',
  bzip2: 'it is compressed: unpack it first',
  zip: 'it is an archive: unpack it first',
  html: 'it is a web page, not a file: is the URL that of the file itself?',
}

/** Throws a `TransferError` (InvalidSpec) unless content that begins with `head` is what `said` says, and harmless. */
export function checkFormat(said: DiskFormat, head: Uint8Array): void {
  const detected = detectFormat(head)
  if (!isFormat(said, detected)) {
    const hint = HINTS[detected.format]
    throw new TransferError(
      `the file is said to be ${said} but is ${detected.format}${hint === undefined ? '' : ` (${hint})`}`,
      { class: 'InvalidSpec', code: 'FormatMismatch' },
    )
  }
  if (detected.danger !== undefined) {
    throw new TransferError(`the ${said} file is refused: ${detected.danger}`, {
      class: 'InvalidSpec',
      code: 'UnsafeFormat',
    })
  }
}
