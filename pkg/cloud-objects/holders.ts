/** An object that may hold a thing in the cloud which others hold too. */
export interface Holder {
  metadata: { name: string; creationTimestamp?: string; deletionTimestamp?: string }
}

/**
 * The name of the object of the same namespace whose right to a thing is better: the lower `rank`, then the older one.
 * `undefined`: the right is this object's.
 */
export function betterHolder<O extends Holder>(
  object: O,
  holders: readonly O[],
  rank: (holder: O) => number = () => 0,
): string | undefined {
  const others = holders.filter(({ metadata }) => metadata.name !== object.metadata.name && !metadata.deletionTimestamp)
  return others.find((other) => compareRights(other, object, rank) < 0)?.metadata.name
}

function compareRights<O extends Holder>(a: O, b: O, rank: (holder: O) => number): number {
  const age = (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
  return rank(a) - rank(b) || age || a.metadata.name.localeCompare(b.metadata.name)
}
