import type { ImageReason } from '../../api/v1alpha1/image.ts'
import { reasonOfClass } from '../../pkg/cloud-objects/failures.ts'
import type { Failure, FailureClass } from '../../pkg/failure/failure.ts'
import { TransferError } from '../../pkg/transfer/transfer-error.ts'

/** Failure codes that are reasons of their own; the rest is told by class. */
const byCode: Readonly<Record<string, ImageReason>> = {
  AddressRefused: 'AddressRefused',
  ChecksumMismatch: 'ChecksumMismatch',
  FormatMismatch: 'FormatMismatch',
  ImageProtected: 'ImageProtected',
  ImageInUse: 'ImageInUse',
  ImportFailed: 'ImportFailed',
  ImportRefused: 'ImportUnavailable',
  SecretMissing: 'SecretMissing',
}

/** What a source answers that more patience alone will hardly change. */
const refusals: ReadonlySet<FailureClass> = new Set(['InvalidSpec', 'Auth', 'Refused', 'NotFound'])

/** The documented reason for a failure. */
export function reasonOf(failure: Failure): ImageReason {
  const known = byCode[failure.code]
  if (known !== undefined) return known
  if (!(failure instanceof TransferError)) return reasonOfClass[failure.class]
  if (refusals.has(failure.class)) return 'SourceRefused'
  return failure.class === 'Quota' ? 'QuotaExceeded' : 'SourceUnavailable'
}
