import type { ObservedAbsence } from '../../pkg/cloud-objects/absence.ts'
import type { ObservedClosed } from '../../pkg/cloud-objects/closed.ts'
import type { NovaKeyPair } from '../../pkg/openstack/nova-key-pair.ts'

/** What is known when the cloud can be asked. */
export interface ObservedInCloud extends ObservedAbsence {
  state: 'Ready'
  /** Id of the user whose key pair it is; undefined where Keystone does not know the name that spec says. */
  userID: string | undefined
  /** The user's key pair of the name that this object wants, whoever made it. */
  pair: NovaKeyPair | undefined
  /** Whether that pair was made for this object; undefined where there is none. */
  origin: 'Created' | 'Existing' | undefined
  /** Name of another KeyPair object that holds the same key pair with a better right. */
  takenBy: string | undefined
  /** A new value of the refresh annotation, not obeyed yet. */
  refresh: string | undefined
}

export type Observed = ObservedInCloud | ObservedClosed
