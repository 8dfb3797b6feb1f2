import { AnswerFields } from './answer-fields.ts'

/** A flavor as Nova shows it at 2.61; names are Nova's own, without their prefixes. */
export interface NovaFlavor {
  /** Chosen by whoever made it; free again after deletion. */
  id: string
  name: string
  vcpus: number
  /** MiB. */
  ram: number
  /** GiB. */
  disk: number
  /** GiB. */
  ephemeral: number
  /** MiB. */
  swap: number
  rxtx_factor: number
  is_public: boolean
  disabled: boolean
  description?: string
  /** Absent where the policy hides them. */
  extra_specs?: Record<string, string>
}

/** A decoded JSON object as a `NovaFlavor`; anything else is an answer that Nova does not give. */
export function parseNovaFlavor(value: unknown): NovaFlavor {
  const fields = new AnswerFields(value)
  return {
    id: fields.required('id', 'compute', 'a flavor'),
    name: fields.text('name') ?? '',
    vcpus: fields.number('vcpus') ?? 0,
    ram: fields.number('ram') ?? 0,
    disk: fields.number('disk') ?? 0,
    ephemeral: fields.number('OS-FLV-EXT-DATA:ephemeral') ?? 0,
    // An empty text means none, before 2.75.
    swap: fields.number('swap') ?? 0,
    rxtx_factor: fields.number('rxtx_factor') ?? 1,
    is_public: fields.flag('os-flavor-access:is_public'),
    disabled: fields.flag('OS-FLV-DISABLED:disabled'),
    ...fields.texted(['description']),
    ...(fields.has('extra_specs') ? { extra_specs: fields.textMap('extra_specs') } : {}),
  }
}
