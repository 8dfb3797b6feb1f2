import type { Desktop, DesktopResize } from '../../api/v1alpha1/objects.ts'
import { mebibytesOf } from '../../pkg/kube/quantity.ts'
import type { NewFlavor } from '../../pkg/openstack/flavor-service.ts'
import { flavorDescription, flavorMarkOf, markOf } from '../../pkg/openstack/mark.ts'
import { flavorOf } from './identity.ts'

/** The flavor of the new size: everything else is copied from the old one. It belongs to the desktop from then on. */
export function wantedFlavor(
  { metadata, spec, status }: DesktopResize,
  desktop: Desktop | undefined,
  ownerID: string,
  operation: string,
): Required<NewFlavor> | undefined {
  const { preImage, to } = status ?? {}
  if (preImage === undefined || to === undefined) return undefined
  const desktopName = desktop?.metadata.name ?? spec.desktopRef.name
  return {
    ...flavorOf(operation),
    vcpus: to.cpus,
    ram: mebibytesOf(to.memory),
    disk: preImage.diskGiB,
    ephemeral: preImage.ephemeralGiB,
    swap: preImage.swapMiB,
    rxtx_factor: Number(preImage.rxtxFactor ?? 1),
    // An administrator may resize a server to a flavor that nobody has access to.
    is_public: false,
    description: flavorDescription(flavorMarkOf('Desktop', markOf(ownerID, metadata.namespace, desktopName))),
  }
}
