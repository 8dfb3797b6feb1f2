import type { Image } from '../../api/v1alpha1/objects.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { InventoryReader } from '../../pkg/openstack/inventory.ts'
import { imageIdFor, readMark } from '../../pkg/openstack/mark.ts'

/**
 * The Glance image that an object made: found by our mark, so also after lost status, a restored backup or in a
 * rebuilt cluster; or by an id that only this object's mark yields, should somebody have removed the property.
 */
export function ownedImage(
  image: Image,
  mark: string,
  inventory: InventoryReader<GlanceImage>,
): GlanceImage | undefined {
  const marked = inventory.byIndex('mark', mark)
  const recorded = marked.find(({ id }) => id === image.status?.id)
  if (recorded) return recorded
  const [first] = marked.toSorted((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id))
  if (first) return first
  const { attempt, id } = image.status ?? {}
  const derived = attempt === undefined ? undefined : imageIdFor(mark, attempt)
  return derived !== undefined && (id === undefined || id === derived) ? inventory.get(derived) : undefined
}

/** Whether an image in Glance is really this object's: its mark says so, or its id can only be ours. */
export function isOwned(found: GlanceImage, mark: string, attempt: number | undefined): boolean {
  const marked = readMark(found)
  if (marked !== undefined) return marked === mark
  return attempt !== undefined && imageIdFor(mark, attempt) === found.id
}

const rank = ({ status }: GlanceImage): number => (status === 'active' || status === 'deactivated' ? 0 : 1)
