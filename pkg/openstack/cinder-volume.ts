import { AnswerFields } from './answer-fields.ts'

/** A volume as Cinder shows it, as far as servers have to do with it; names are Cinder's. */
export interface CinderVolume {
  id: string
  name: string
  /** `creating`, `available`, `in-use`, `deleting`, `error`, `error_deleting`, … */
  status: string
  /** GiB. */
  size: number
  /** Name of the type. */
  volume_type?: string
  bootable: boolean
  metadata: Record<string, string>
  attachments: { server_id: string; device: string }[]
}

/** A decoded JSON object as a `CinderVolume`; anything else is an answer that Cinder does not give. */
export function parseCinderVolume(value: unknown): CinderVolume {
  const fields = new AnswerFields(value)
  return {
    id: fields.required('id', 'block-storage', 'a volume'),
    name: fields.text('name') ?? '',
    status: fields.required('status', 'block-storage', 'a volume'),
    size: fields.number('size') ?? 0,
    // Cinder writes a text.
    bootable: fields.text('bootable') === 'true',
    metadata: fields.textMap('metadata'),
    attachments: fields.list('attachments').map((entry) => {
      const attachment = new AnswerFields(entry)
      return { server_id: attachment.text('server_id') ?? '', device: attachment.text('device') ?? '' }
    }),
    ...fields.texted(['volume_type']),
  }
}
