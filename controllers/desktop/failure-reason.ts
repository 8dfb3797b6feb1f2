import type { DesktopReason } from '../../api/v1alpha1/desktop-reasons.ts'
import { reasonOfClass } from '../../pkg/cloud-objects/failures.ts'
import type { Failure } from '../../pkg/failure/failure.ts'

/** Failure codes that are reasons of their own; the rest is told by class. */
const byCode: Readonly<Record<string, DesktopReason>> = {
  FlavorExists: 'NameTaken',
  FloatingIPNotFound: 'FloatingIPNotFound',
  LockedByAdministrator: 'LockedByOther',
  NetworkAmbiguous: 'NetworkAmbiguous',
  NetworkNotFound: 'NetworkNotFound',
  NoFreeAddress: 'QuotaExceeded',
  NoValidHost: 'NoValidHost',
  ServerFailed: 'ServerFailed',
  ServerLocked: 'LockedByOther',
  VolumeInUse: 'VolumeInUse',
  VolumeNotFound: 'VolumeNotFound',
}

/** The documented reason for a failure. */
export function reasonOf({ code, class: failureClass }: Failure): DesktopReason {
  return byCode[code] ?? reasonOfClass[failureClass]
}
