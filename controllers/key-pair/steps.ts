import type { KeyPairReason } from '../../api/v1alpha1/key-pair.ts'
import type { Rest, Wait } from '../../pkg/cloud-objects/waits.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'

/** Import the public key. */
export interface Create extends Step {
  type: 'Create'
}
export interface Delete extends Step {
  type: 'Delete'
}
/** Ask Nova itself whether the key pair is gone. */
export interface ProveAbsence extends Step {
  type: 'ProveAbsence'
}
/** A request that imports the key may still be on its way: look again when it cannot be any more. */
export interface AwaitLateRequest extends Step {
  type: 'AwaitLateRequest'
  milliseconds: number
}

export type KeyPairStep = Wait<KeyPairReason> | Create | Delete | ProveAbsence | AwaitLateRequest | Rest

export type KeyPairDecision = KeyPairStep | ReleaseFinalizer
