import { REFRESH_ANNOTATION } from '../../api/v1alpha1/names.ts'
import type { InventoryReader } from '../openstack/inventory.ts'

/** A value of the refresh annotation that was not obeyed yet. */
export function askedRefresh(object: {
  metadata: { annotations?: Record<string, string> }
  status?: { refreshed?: string | undefined } | undefined
}): string | undefined {
  const asked = object.metadata.annotations?.[REFRESH_ANNOTATION]
  return asked === object.status?.refreshed ? undefined : asked
}

/** Asks the service itself for one thing, and lets the inventory know the answer. */
export async function lookAt<T>(
  id: string,
  get: (id: string) => Promise<T | undefined>,
  inventory: Pick<InventoryReader<T>, 'observed' | 'observedGone'>,
): Promise<T | undefined> {
  const live = await get(id)
  if (live === undefined) inventory.observedGone(id)
  else inventory.observed(live)
  return live
}
