/** Disk formats as Glance names them. */
export type DiskFormat = 'raw' | 'qcow2' | 'iso' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx' | 'ploop' | 'aki' | 'ari' | 'ami'

/** What a file's beginning shows. `raw` is everything that carries no known mark; an empty file is `empty`. */
export type DetectedFormat =
  | Exclude<DiskFormat, 'aki' | 'ari' | 'ami'>
  | 'qed'
  | 'luks'
  | 'gzip'
  | 'xz'
  | 'zstd'
  | 'bzip2'
  | 'zip'
  | 'html'
  | 'empty'

export interface Detection {
  format: DetectedFormat
  /** Why the image must not be used: it reaches for files outside itself, on whatever host opens it. */
  danger?: string | undefined
  /** The content is also a disk with a boot record (hybrid ISO). */
  bootRecord: boolean
}

/** Bytes of a file's beginning that `detectFormat` wants to see. Fewer are fine where the file is shorter. */
export const HEAD_BYTES = 65_536

const MARKS: readonly { format: DetectedFormat; offset: number; mark: string | number[] }[] = [
  { format: 'qcow2', offset: 0, mark: 'QFI\xfb' },
  { format: 'qed', offset: 0, mark: 'QED\0' },
  { format: 'luks', offset: 0, mark: 'LUKS\xba\xbe' },
  { format: 'vmdk', offset: 0, mark: 'KDMV' },
  { format: 'vmdk', offset: 0, mark: 'COWD' },
  { format: 'vmdk', offset: 0, mark: '# Disk DescriptorFile' },
  { format: 'vhdx', offset: 0, mark: 'vhdxfile' },
  { format: 'vhd', offset: 0, mark: 'conectix' },
  { format: 'vdi', offset: 0x40, mark: '\x7f\x10\xda\xbe' },
  { format: 'ploop', offset: 0, mark: 'WithoutFreeSpace' },
  { format: 'ploop', offset: 0, mark: 'WithouFreSpacExt' },
  { format: 'gzip', offset: 0, mark: '\x1f\x8b' },
  { format: 'xz', offset: 0, mark: '\xfd7zXZ\0' },
  { format: 'zstd', offset: 0, mark: '\x28\xb5\x2f\xfd' },
  { format: 'bzip2', offset: 0, mark: 'BZh' },
  { format: 'zip', offset: 0, mark: 'PK\x03\x04' },
  { format: 'iso', offset: 32_769, mark: 'CD001' }, // ECMA-119 §8.1.2
  { format: 'iso', offset: 32_769, mark: 'BEA01' }, // UDF without an ISO 9660 bridge, ECMA-167 2/9.2
]

/** Tells a format by the file's first `HEAD_BYTES`. A fixed VHD has its mark at the end only and looks raw. */
export function detectFormat(head: Uint8Array): Detection {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const format = formatOf(bytes)
  const danger = format === 'qcow2' ? qcow2Danger(bytes) : format === 'vmdk' ? vmdkDanger(bytes) : undefined
  return { format, danger, bootRecord: bytes.length >= 512 && bytes.readUInt16BE(510) === 0x55aa }
}

function formatOf(bytes: Buffer): DetectedFormat {
  if (bytes.length === 0) return 'empty'
  const found = MARKS.find(({ offset, mark }) =>
    bytes.subarray(offset, offset + mark.length).equals(Buffer.from(mark as string, 'latin1')),
  )
  if (found !== undefined) return found.format
  const text = bytes.subarray(0, 1_024).toString('latin1')
  return /^(\xef\xbb\xbf)?\s*(<!--[\s\S]*?-->\s*)?<(!doctype\s+html|html|head|body)\b/i.test(text) ? 'html' : 'raw'
}

/** qcow2 header: https://www.qemu.org/docs/master/interop/qcow2.html */
function qcow2Danger(bytes: Buffer): string | undefined {
  if (bytes.length < 72) return 'its qcow2 header is cut off'
  const version = bytes.readUInt32BE(4)
  if (version !== 2 && version !== 3) return `its qcow2 version is ${version}; 2 and 3 are known`
  if (bytes.readBigUInt64BE(8) !== 0n) return 'it has a backing file; flatten it with "qemu-img convert -O qcow2"'
  if (version === 2) return undefined
  if (bytes.length < 104) return 'its qcow2 header is cut off'
  const externalData = (bytes.readBigUInt64BE(72) & 4n) !== 0n
  return externalData ? 'it has an external data file; flatten it with "qemu-img convert -O qcow2"' : undefined
}

/** Sparse extents carry their descriptor inside; every kind but these two names other files. VMware VMDK 5.0 §1. */
function vmdkDanger(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1')
  const embedded = bytes.length >= 44 && text.startsWith('KDMV')
  if (!embedded) return 'it is a VMDK descriptor without its data; convert it with "qemu-img convert"'
  const start = Number(bytes.readBigUInt64LE(28)) * 512
  const type = /createType\s*=\s*"([^"]*)"/i.exec(text.slice(start))?.[1]
  if (type === 'monolithicSparse' || type === 'streamOptimized') return undefined
  return `its VMDK type is ${JSON.stringify(type ?? 'unknown')}; monolithicSparse and streamOptimized are self-contained`
}

/** Formats whose mark is not at the beginning, or that have none: what looks raw may be one of them. */
const UNMARKED: ReadonlySet<DiskFormat> = new Set(['raw', 'vhd', 'aki', 'ari', 'ami'])

/** Whether a file that shows `detected` may be what its owner says. */
export function isFormat(said: DiskFormat, detected: Detection): boolean {
  if (detected.format === said) return true
  if (detected.format === 'raw') return UNMARKED.has(said)
  // A hybrid ISO is a disk as well. Kernels and ramdisks are compressed as a rule.
  if (detected.format === 'iso' && detected.bootRecord) return said === 'raw'
  if (['gzip', 'xz', 'zstd', 'bzip2'].includes(detected.format)) return said === 'aki' || said === 'ari'
  return detected.format === 'luks' && said === 'raw'
}
