import { isDeepStrictEqual } from 'node:util'
import type { InformerEvent } from './informer.ts'
import type { KubeObject } from './resource.ts'

/**
 * Whether a change is one that a user wants something by: the object appeared, goes, or its spec, annotations or labels
 * are other ones. Status and finalizers are the controllers' own. The stream may bring a write of ours before its answer
 * does, so what changed is compared, and not who is known to have written it.
 */
export function isUsersChange<O extends KubeObject>({ type, object, previous }: InformerEvent<O>): boolean {
  if (type !== 'Updated') return true
  const wishes = ({ metadata }: O) => [
    metadata.uid,
    metadata.generation,
    metadata.deletionTimestamp,
    metadata.annotations ?? {},
    metadata.labels ?? {},
  ]
  return !isDeepStrictEqual(wishes(object), wishes(previous))
}
