import { z } from 'zod'
import { conditions, observedGeneration } from './conditions.ts'
import { commonReasons } from './reasons.ts'
import { cel, fixedPresence, immutable, nameOrID, reference, text, time } from './schema.ts'

const instead = 'make a new KeyPair'

const publicKey = cel(text(16_384).min(1), {
  rule: "self.startsWith('-----BEGIN CERTIFICATE-----') || self.matches('^(ssh|ecdsa|sk)-[-a-z0-9@.]+ [A-Za-z0-9+/=]+( [^\\n]*)?\\n?$')",
  message: 'is neither one line of an OpenSSH public key nor an X.509 certificate in PEM',
})

const fields = z.object({
  cloudRef: immutable(reference('the Cloud'), instead).describe('The Cloud whose Nova holds the key pair.'),
  keyPairName: immutable(text(255).regex(/^[-A-Za-z0-9_.@]([-A-Za-z0-9_.@ ]*[-A-Za-z0-9_.@])?$/), instead)
    .optional()
    .describe('Name in Nova; `metadata.name` if absent. Letters, digits, space and `-_.@`, as Nova allows.'),
  publicKey: immutable(publicKey, instead).describe(
    'The public half: one line as OpenSSH has it, or an X.509 certificate in PEM (for Windows). Nova keeps no private one.',
  ),
  user: immutable(nameOrID('the user'), instead)
    .optional()
    .describe(
      'Whose key pair it is, since Nova has them per user; the credential’s user if absent. For administrators.',
    ),
  deletionPolicy: z
    .enum(['Delete', 'Retain'])
    .optional()
    .describe(
      'What happens to the key pair in Nova when this object is deleted; `Delete` if absent, but one that was there before is left. Can still be changed while the object is being deleted.',
    ),
})

export const keyPairSpec = cel(fields, fixedPresence(['keyPairName', 'user'], instead))

export const keyPairStatus = z.object({
  conditions: conditions.optional(),
  observedGeneration: observedGeneration.optional(),
  name: text(255).optional().describe('Name in Nova.'),
  userID: text(64).optional().describe('Id of the user whose key pair it is.'),
  type: text(16).optional().describe('Type as Nova gives it: `ssh` or `x509`.'),
  fingerprint: text(255).optional().describe('Fingerprint as Nova gives it.'),
  origin: z
    .enum(['Created', 'Existing'])
    .optional()
    .describe('`Created`: made by this object. `Existing`: was there with the same public key.'),
  createdTime: time().optional().describe('When the key pair was made in Nova, where it says it.'),
  refreshed: text(255).optional().describe('Value of the annotation vdi.auxo.dev/refresh that was last obeyed.'),
})

export type KeyPairSpec = z.infer<typeof keyPairSpec>
export type KeyPairStatus = z.infer<typeof keyPairStatus>

/** Reasons of the conditions of a KeyPair, with what they mean. */
export const keyPairReasons = {
  ...commonReasons,
  Available: 'The key pair is in Nova with this public key.',
  Creating: 'The key pair is being made in Nova.',
  Deleting: 'The key pair is being deleted in Nova.',
  NameTaken: 'The user has a key pair of this name with another public key; choose another keyPairName.',
  KeyPairTaken: 'Another KeyPair object holds the same key pair.',
  UserNotFound: 'The user that spec.user names does not exist in Keystone.',
  QuotaExceeded: 'The user has as many key pairs as Nova allows.',
  Refused: 'The credential may not do this with key pairs; those of other users are for administrators.',
} as const
export type KeyPairReason = keyof typeof keyPairReasons
