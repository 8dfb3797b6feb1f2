import { type Detection, type DiskFormat, detectFormat, HEAD_BYTES, isFormat } from '../transfer/disk-format.ts'
import { CliError, EXIT } from './exit-code.ts'
import type { LocalFile } from './local-file.ts'

/** Formats that an Image can have. */
export const DISK_FORMATS = ['raw', 'qcow2', 'iso', 'vmdk', 'vhd', 'vhdx', 'vdi'] as const
export type ImageFormat = (typeof DISK_FORMATS)[number]

/**
 * The format to upload as: what the file's header shows, or what was said where the file may be that. Anything else is
 * refused here, before a byte is sent: the operator would refuse it after.
 */
export async function formatOf(file: LocalFile, said: ImageFormat | undefined): Promise<ImageFormat> {
  const detected = detectFormat(await file.head(HEAD_BYTES))
  if (detected.danger !== undefined) throw new CliError(`${file.path} is refused: ${detected.danger}`)
  if (said !== undefined) {
    if (isFormat(said as DiskFormat, detected)) return said
    throw new CliError(`${file.path} is ${detected.format}, not ${said}${advice(detected)}`, EXIT.usage)
  }
  if (detected.format === 'raw' && (await file.hasVhdFooter())) return 'vhd'
  const format = DISK_FORMATS.find((known) => known === detected.format)
  if (format !== undefined) return format
  if (detected.format === 'luks') return 'raw'
  throw new CliError(`${file.path} is ${detected.format}, which is no disk image${advice(detected)}`, EXIT.usage)
}

function advice({ format }: Detection): string {
  if (['gzip', 'xz', 'zstd', 'bzip2', 'zip'].includes(format)) return '; unpack it first'
  if (format === 'html') return '; it is a web page, perhaps an error saved as a file'
  return (DISK_FORMATS as readonly string[]).includes(format)
    ? `; leave --format out, or say --format ${format}`
    : '; convert it with qemu-img convert -O qcow2'
}
