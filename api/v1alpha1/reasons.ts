/** Reasons that every kind of a cloud has, with what they mean. */
export const commonReasons = {
  Pending: 'The first visit has not come to an end yet.',
  CloudNotFound: 'The Cloud that cloudRef names does not exist.',
  CloudNotReady: 'The Cloud is not connected yet.',
  CloudUnavailable: 'The cloud does not answer. Nothing is known of the object meanwhile.',
  CredentialsMissing: 'The Cloud’s Secret is missing.',
  CredentialsRejected: 'The cloud refuses the Cloud’s credential.',
  InvalidSpec: 'The cloud cannot accept what spec asks for.',
  QuotaExceeded: 'A limit of the project, of the user or of the service is reached.',
  Refused: 'The cloud refuses the request in this state or by policy.',
  Conflict: 'Something changed meanwhile; tried again at once.',
  Failed: 'A defect, or an answer that was not expected; tried again.',
  OutcomeUnknown: 'It cannot be told whether a call had its effect.',
  Paused: 'The annotation vdi.auxo.dev/paused stops all work on the object.',
} as const
export type CommonReason = keyof typeof commonReasons
