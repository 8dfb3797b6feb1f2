import type { Image } from '../../api/v1alpha1/objects.ts'
import { isSynchronized } from '../../pkg/cloud-objects/policy.ts'

/** Enabled unless spec, or for a synchronised image its Cloud, says otherwise. */
export function effectiveEnablement(image: Image, initial: 'Enabled' | 'Disabled' | undefined): 'Enabled' | 'Disabled' {
  return image.spec.enablement ?? (isSynchronized(image) ? (initial ?? 'Enabled') : 'Enabled')
}
