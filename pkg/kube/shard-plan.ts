/** Who holds what, as one member sees it. */
export interface ShardView {
  /** The holder of each shard; undefined: free to be taken. */
  holders: readonly (string | undefined)[]
  /** Live members, ourselves among them. */
  members: readonly string[]
  self: string
}

/**
 * What a member does for every member to hold its share: it takes free shards up to ⌈N/M⌉; it gives up what it has
 * beyond that, and one beyond ⌊N/M⌋ while another member has less than that. Pure.
 */
export function planShards({ holders, members, self }: ShardView): { take: number[]; give: number[] } {
  const most = Math.ceil(holders.length / members.length)
  const least = Math.floor(holders.length / members.length)
  const heldBy = (member: string) => holders.flatMap((holder, shard) => (holder === member ? [shard] : []))
  const mine = heldBy(self)
  const someoneLacks = members.some((member) => member !== self && heldBy(member).length < least)
  const keep = someoneLacks && mine.length === most && most > least ? least : most
  const give = mine.slice(keep)
  const free = holders.flatMap((holder, shard) => (holder === undefined ? [shard] : []))
  return { give, take: free.slice(0, Math.max(0, most - mine.length)) }
}

/** The shard of a namespace (FNV-1a): the same in every replica and every version. */
export function shardOf(namespace: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < namespace.length; i += 1) hash = Math.imul(hash ^ namespace.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % shards
}
