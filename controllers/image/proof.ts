import type { Image } from '../../api/v1alpha1/objects.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { TransferState } from '../../pkg/transfer/transfer.ts'
import { importMethod } from './import-method.ts'
import { recordedHash } from './unchecked.ts'

/** Whether the data in Glance is what it should be. */
export type Proof =
  | { state: 'Right' }
  /** Nothing to compare with: no checksum was given and the bytes did not come through this process. */
  | { state: 'Untold' }
  | { state: 'Wrong'; expected: string; found: string }
  /** A checksum was given that Glance's own hashes cannot prove or disprove. */
  | { state: 'Unprovable'; algorithm: string; offered: string }

/** Compares Glance's hashes with what was sent by us, as this process or the image itself knows, and with the checksum in spec. */
export function proveData(image: Image, found: GlanceImage, transfer: TransferState | undefined): Proof {
  const recorded = recordedHash(found)
  const sent = recorded ?? transfer?.digests?.SHA512
  if (sent !== undefined && found.os_hash_algo === 'sha512') return compare(sent, found.os_hash_value)
  if (recorded !== undefined) return unprovable('SHA512', found)
  const { checksum, decompress = 'None' } = image.spec.source.http ?? {}
  if (checksum === undefined || decompress !== 'None') return { state: 'Untold' }
  const value = glanceHash(found, checksum.algorithm)
  if (value !== undefined) return compare(checksum.value.toLowerCase(), value)
  return importMethod(image) === undefined ? { state: 'Untold' } : unprovable(checksum.algorithm, found)
}

function unprovable(algorithm: string, { os_hash_algo: offered = 'none' }: GlanceImage): Proof {
  return { state: 'Unprovable', algorithm, offered }
}

/** Glance's hash in that algorithm: the multihash, or `checksum`, which is MD5. */
function glanceHash(found: GlanceImage, algorithm: 'SHA512' | 'SHA256' | 'MD5'): string | undefined {
  if (algorithm === 'MD5') return found.checksum
  return found.os_hash_algo === algorithm.toLowerCase() ? found.os_hash_value : undefined
}

function compare(expected: string, found: string | undefined): Proof {
  return found === expected ? { state: 'Right' } : { state: 'Wrong', expected, found: found ?? 'none' }
}
