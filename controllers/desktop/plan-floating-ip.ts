import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { FloatingIPView, ObservedInCloud } from './observed.ts'
import type { AssociateFloatingIP, ReleaseFloatingIP } from './steps.ts'

/** What brings the floating IP to where spec says; undefined where it is so, or spec says nothing and nothing is ours. */
export function floatingIPChange(
  { spec }: Desktop,
  { floatingIP }: Pick<ObservedInCloud, 'floatingIP'>,
): AssociateFloatingIP | ReleaseFloatingIP | undefined {
  const { found, wantedPortID } = floatingIP ?? {}
  if (spec.floatingIP === undefined) return found && release(found)
  if (wantedPortID === undefined || found?.portID === wantedPortID) return undefined
  return { type: 'AssociateFloatingIP', id: found?.id, portID: wantedPortID }
}

/** Nova leads addresses away with the server; what was allocated from here is given back. */
export function floatingIPLeftover({ floatingIP }: Pick<ObservedInCloud, 'floatingIP'>): ReleaseFloatingIP | undefined {
  return floatingIP?.found?.allocated ? release(floatingIP.found) : undefined
}

function release({ id, portID, allocated }: NonNullable<FloatingIPView['found']>): ReleaseFloatingIP | undefined {
  if (allocated) return { type: 'ReleaseFloatingIP', id, giveBack: true }
  return portID === undefined ? undefined : { type: 'ReleaseFloatingIP', id, giveBack: false }
}
