import { AnswerFields } from './answer-fields.ts'

/**
 * States of a migration, verbatim. Of a resize: `accepted`, `queued`, `pre-migrating`, `migrating`, `post-migrating`,
 * `finished` (the server is in VERIFY_RESIZE), then `confirming`, `confirmed` or `reverting`, `reverted`; or `error`.
 */
export type NovaMigrationStatus =
  | 'accepted'
  | 'queued'
  | 'preparing'
  | 'pre-migrating'
  | 'migrating'
  | 'running'
  | 'post-migrating'
  | 'finished'
  | 'confirming'
  | 'confirmed'
  | 'reverting'
  | 'reverted'
  | 'completed'
  | 'done'
  | 'cancelled'
  | 'failed'
  | 'error'

/** A migration as Nova shows it at 2.59; a resize is one too. */
export interface NovaMigration {
  id: number
  uuid: string
  instance_uuid: string
  migration_type: 'resize' | 'migration' | 'live-migration' | 'evacuation'
  status: NovaMigrationStatus
  source_compute?: string
  dest_compute?: string
  /** Nova's inner numbers of the flavors, not their ids. */
  old_instance_type_id?: number
  new_instance_type_id?: number
  /** RFC 3339 without zone: UTC. */
  created_at: string
  updated_at?: string
}

/** A decoded JSON object as a `NovaMigration`; anything else is an answer that Nova does not give. */
export function parseNovaMigration(value: unknown): NovaMigration {
  const fields = new AnswerFields(value)
  const [before, after] = [fields.number('old_instance_type_id'), fields.number('new_instance_type_id')]
  return {
    id: fields.number('id') ?? 0,
    uuid: fields.required('uuid', 'compute', 'a migration'),
    instance_uuid: fields.text('instance_uuid') ?? '',
    migration_type: (fields.text('migration_type') ?? 'migration') as NovaMigration['migration_type'],
    status: fields.required('status', 'compute', 'a migration') as NovaMigrationStatus,
    created_at: fields.text('created_at') ?? '',
    ...fields.texted(['source_compute', 'dest_compute', 'updated_at']),
    ...(before === undefined ? {} : { old_instance_type_id: before }),
    ...(after === undefined ? {} : { new_instance_type_id: after }),
  }
}
