import type { Image } from '../../api/v1alpha1/objects.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { TransferState } from '../../pkg/transfer/transfer.ts'
import { viaGlance } from './wanted.ts'

/** Whether the data in Glance is what it should be. */
export type Proof =
  | { state: 'Right' }
  /** Nothing to compare with: no checksum was given and the bytes did not come through this process. */
  | { state: 'Untold' }
  | { state: 'Wrong'; expected: string; found: string }
  /** A checksum was given that Glance's own hashes cannot prove or disprove. */
  | { state: 'Unprovable'; algorithm: string; offered: string }

/** Compares Glance's hashes with what this process sent, and with the checksum in spec. */
export function proveData(image: Image, found: GlanceImage, transfer: TransferState | undefined): Proof {
  const sent = transfer?.digests?.SHA512
  if (sent !== undefined && found.os_hash_algo === 'sha512') return compare(sent, found.os_hash_value)
  const { checksum, decompress = 'None' } = image.spec.source.http ?? {}
  if (checksum === undefined || decompress !== 'None') return { state: 'Untold' }
  const value = glanceHash(found, checksum.algorithm)
  if (value !== undefined) return compare(checksum.value.toLowerCase(), value)
  if (!viaGlance(image)) return { state: 'Untold' }
  return { state: 'Unprovable', algorithm: checksum.algorithm, offered: found.os_hash_algo ?? 'none' }
}

/** Glance's hash in that algorithm: the multihash, or `checksum`, which is MD5. */
function glanceHash(found: GlanceImage, algorithm: 'SHA512' | 'SHA256' | 'MD5'): string | undefined {
  if (algorithm === 'MD5') return found.checksum
  return found.os_hash_algo === algorithm.toLowerCase() ? found.os_hash_value : undefined
}

function compare(expected: string, found: string | undefined): Proof {
  return found === expected ? { state: 'Right' } : { state: 'Wrong', expected, found: found ?? 'none' }
}
