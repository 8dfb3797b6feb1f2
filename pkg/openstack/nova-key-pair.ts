import { AnswerFields } from './answer-fields.ts'

/** A key pair as Nova shows it. It has no id: within a user's, its name is unique. */
export interface NovaKeyPair {
  name: string
  type: 'ssh' | 'x509'
  public_key: string
  /** Made of the public key by Nova. */
  fingerprint: string
  /** RFC 3339; only where one pair was asked for by its name. */
  created_at?: string
}

/** A decoded JSON object as a `NovaKeyPair`; anything else is an answer that Nova does not give. */
export function parseNovaKeyPair(value: unknown): NovaKeyPair {
  const fields = new AnswerFields(value)
  const created = fields.text('created_at')
  return {
    name: fields.required('name', 'compute', 'a key pair'),
    type: fields.text('type') === 'x509' ? 'x509' : 'ssh',
    public_key: fields.text('public_key') ?? '',
    fingerprint: fields.text('fingerprint') ?? '',
    // Nova leaves the zone out here: it is UTC.
    ...(created === undefined ? {} : { created_at: `${created.slice(0, 19)}Z` }),
  }
}
