/** How much of a file's beginning is enough to know its format: an ISO's mark lies behind 32 KiB. */
export const HEADER_BYTES = 64 * 1024

const SECTOR = 512

/** What Glance makes of an upload: refused with a reason, or accepted with its virtual size. */
export type Inspection = { readonly refused: string } | { readonly virtualSize: number | null }

/** Glance inspects bare images of the formats that it knows, by their first bytes. */
export function inspect(diskFormat: string, containerFormat: string, header: Buffer, size: number): Inspection {
  if (containerFormat !== 'bare' || ['ami', 'ari', 'aki'].includes(diskFormat)) return { virtualSize: null }
  if (diskFormat === 'raw') return { virtualSize: size === 0 ? null : size }
  const found = detect(header)
  if (found !== diskFormat) {
    return { refused: `Image disk_format ${diskFormat} does not match stream data ${found}` }
  }
  if (found === 'qcow2') {
    const hasBackingFile = header.readBigUInt64BE(8) !== 0n
    return hasBackingFile
      ? { refused: 'Image failed safety checks' }
      : { virtualSize: Number(header.readBigUInt64BE(24)) }
  }
  if (found === 'vmdk') return { virtualSize: Number(header.readBigUInt64LE(12)) * SECTOR }
  return { virtualSize: null }
}

function detect(header: Buffer): string {
  const starts = (mark: string, at = 0) => header.subarray(at, at + mark.length).toString('latin1') === mark
  if (starts('QFI\xfb') && header.length >= 72) return 'qcow2'
  if (starts('KDMV')) return 'vmdk'
  if (starts('conectix')) return 'vhd'
  if (starts('vhdxfile')) return 'vhdx'
  if (starts('CD001', 32_769)) return 'iso'
  if (starts('\x7f\x10\xda\xbe', 64)) return 'vdi'
  return 'raw'
}
