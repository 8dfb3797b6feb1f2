import type { KeyPair } from '../../api/v1alpha1/objects.ts'
import { planAbsence } from '../../pkg/cloud-objects/absence.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import { isSameKey, nameInNova, newKeyPair } from './public-key.ts'
import type { KeyPairDecision } from './steps.ts'

/** Exactly one next step. Pure. */
export function plan(object: KeyPair, observed: Observed): KeyPairDecision {
  if (object.metadata.deletionTimestamp !== undefined) return planDeletion(object, observed)
  if (observed.state === 'Closed') return awaitCloud(observed)
  if (observed.userID === undefined) {
    const message = `Keystone has no user called "${object.spec.user?.name}"; make the user, or a new KeyPair with the right spec.user`
    return { type: 'Await', reason: 'UserNotFound', message, hurry: false }
  }
  if (observed.takenBy !== undefined) {
    const message = `KeyPair "${observed.takenBy}" holds the same key pair; delete one of the two objects`
    return { type: 'Stall', reason: 'KeyPairTaken', message }
  }
  if (observed.pair === undefined) return { type: 'Create' }
  if (isSameKey(observed.pair, newKeyPair(object))) return { type: 'Rest' }
  const message = `the user has a key pair "${nameInNova(object)}" with another public key (${observed.pair.fingerprint}); it is left alone: make a new KeyPair with another keyPairName, or delete that one in Nova`
  return { type: 'Stall', reason: 'NameTaken', message }
}

/** The finalizer goes only on proof that nothing of ours is left. */
function planDeletion(object: KeyPair, observed: Observed): KeyPairDecision {
  if (object.spec.deletionPolicy === 'Retain' || object.status?.origin === 'Existing') return release
  if (observed.state === 'Closed') {
    if (observed.reason === 'CloudNotFound' && object.status?.fingerprint === undefined) return release
    return awaitCloud(observed, '; the key pair cannot be deleted in Nova until then (or set deletionPolicy: Retain)')
  }
  // Nobody's, or another object's, who sees to it.
  if (observed.userID === undefined || observed.takenBy !== undefined) return release
  return observed.pair === undefined ? planAbsence(observed) : planPresent(object, observed.pair, observed)
}

/** A pair with another key, or one that was there before, is not ours; nothing else can come while it has the name. */
function planPresent(
  object: KeyPair,
  pair: NonNullable<ObservedInCloud['pair']>,
  { origin }: ObservedInCloud,
): KeyPairDecision {
  return origin === 'Created' && isSameKey(pair, newKeyPair(object)) ? { type: 'Delete' } : release
}

const release = { type: 'ReleaseFinalizer' } as const
