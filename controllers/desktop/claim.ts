import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { keyOf } from '../../pkg/kube/resource.ts'

/** By what name a desktop needs and hurries inventories that objects of other kinds need and hurry too. */
export function claimOf(desktop: Desktop): string {
  return claimOfKey(keyOf(desktop))
}

export function claimOfKey(key: string): string {
  return `Desktop/${key}`
}
