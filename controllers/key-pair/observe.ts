import type { Cloud, KeyPair } from '../../api/v1alpha1/objects.ts'
import type { Farewell } from '../../pkg/cloud-objects/farewell.ts'
import { betterHolder } from '../../pkg/cloud-objects/holders.ts'
import { askedRefresh, lookAt } from '../../pkg/cloud-objects/refresh.ts'
import type { ReconcileContext } from '../../pkg/kube/kind.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudAccess, cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { NovaKeyPair } from '../../pkg/openstack/nova-key-pair.ts'
import type { Observed } from './observed.ts'
import { nameInNova } from './public-key.ts'

/** What observation reads. */
export interface ObserveSources {
  registry: CloudRegistry
  cloudOf(object: KeyPair): Cloud | undefined
  /** KeyPair objects that hold the same key pair of Nova, this one among them. */
  holdersOf(object: KeyPair): KeyPair[]
  farewell: Farewell
  /** Objects (`namespace/name`) whose key pair this process has made: it knows without asking. */
  made: ReadonlySet<string>
}

/** Gathers what `plan` needs: from memory, but for other users' key pairs, and for the age of one that was found. */
export async function observe(object: KeyPair, sources: ObserveSources, context: ReconcileContext): Promise<Observed> {
  const { registry, farewell } = sources
  const key = keyOf(object)
  const { signal, fresh = false } = context
  farewell.look(key, { fresh, seen: object.status?.fingerprint !== undefined })
  const access = cloudAccess(registry, cloudKeyOf(object), sources.cloudOf(object), ({ keyPairInventories }) => {
    const own = keyPairInventories.of()
    own.need(key)
    return own
  })
  if (access.state === 'Closed') return access
  const { cloud } = access
  const refresh = askedRefresh(object)
  const userID = await userOf(object, cloud, signal)
  const pair = userID === undefined ? undefined : await find(object, userID, cloud, refresh !== undefined, signal)
  if (pair !== undefined) farewell.there(key)
  const origin = pair && (await originOf(object, pair, cloud, sources.made.has(key), signal))
  return {
    ...{ state: 'Ready', userID, pair, origin, refresh },
    takenBy: betterHolder(object, sources.holdersOf(object)),
    absenceProven: farewell.isAbsent(key),
    lateMs: farewell.remainingMs(key, cloud.session.requestTimeoutMs),
  }
}

async function userOf({ spec }: KeyPair, cloud: ConnectedCloud, signal: AbortSignal): Promise<string | undefined> {
  const { id, name } = spec.user ?? {}
  if (name !== undefined) return await cloud.users.idOf(name, { signal })
  return id ?? cloud.userID
}

/** Our own user's are known from a list; for another's, which only administrators see, Nova is asked. */
async function find(
  object: KeyPair,
  userID: string,
  { keyPairs, keyPairInventories, userID: ourID }: ConnectedCloud,
  afresh: boolean,
  signal: AbortSignal,
): Promise<NovaKeyPair | undefined> {
  const name = nameInNova(object)
  if (userID !== ourID) return await keyPairs.get(name, { user: userID, signal })
  const own = keyPairInventories.of()
  return afresh ? await lookAt(name, (known) => keyPairs.get(known, { signal }), own) : own.get(name)
}

/**
 * Whether a pair was made for the object. Key pairs bear no mark: it is on record, or this process did it, or the pair is
 * not older than the object (a process was killed before it could write, or status was lost).
 */
async function originOf(
  { metadata, status }: KeyPair,
  pair: NovaKeyPair,
  { keyPairs }: ConnectedCloud,
  madeHere: boolean,
  signal: AbortSignal,
): Promise<'Created' | 'Existing'> {
  if (madeHere) return 'Created'
  if (status?.origin !== undefined) return status.origin
  // The list of our own does not tell the age.
  const { created_at } = pair.created_at === undefined ? ((await keyPairs.get(pair.name, { signal })) ?? pair) : pair
  const { creationTimestamp } = metadata
  if (created_at === undefined || creationTimestamp === undefined) return 'Existing'
  return Date.parse(created_at) >= Date.parse(creationTimestamp) ? 'Created' : 'Existing'
}
