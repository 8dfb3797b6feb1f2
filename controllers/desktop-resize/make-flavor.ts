import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { asFailure } from '../../pkg/failure/failure.ts'
import type { Ask } from './ask-nova.ts'
import { wantedFlavor } from './wanted-flavor.ts'

/** Makes the flavor of the resize. One with its id is there already: the next look compares it. */
export async function makeFlavor(
  { resize, observed, cloud, signal }: Ask,
  desktop: Desktop | undefined,
): Promise<void> {
  const flavor = wantedFlavor(resize, desktop, cloud.ownerID, observed.operation)
  if (flavor === undefined) return
  try {
    await cloud.flavors.create(flavor, { signal })
  } catch (error) {
    if (asFailure(error).code !== 'FlavorExists') throw error
    // The name without the id belongs to somebody else: that is a refusal.
    if ((await cloud.flavors.get(flavor.id, { signal })) === undefined) throw error
  }
}
