import type { KeyPairReason } from '../../api/v1alpha1/key-pair.ts'
import type { AwaitLateRequest, ProveAbsence } from '../../pkg/cloud-objects/absence.ts'
import type { Rest, Wait } from '../../pkg/cloud-objects/waits.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'

/** Import the public key. */
export interface Create extends Step {
  type: 'Create'
}
export interface Delete extends Step {
  type: 'Delete'
}
export type KeyPairStep = Wait<KeyPairReason> | Create | Delete | ProveAbsence | AwaitLateRequest | Rest

export type KeyPairDecision = KeyPairStep | ReleaseFinalizer
