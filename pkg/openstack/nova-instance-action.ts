import { AnswerFields } from './answer-fields.ts'

/** A part of an action, done by one of Nova's services. */
export interface InstanceActionEvent {
  /** `compute_prep_resize`, `conductor_migrate_server`, … */
  event: string
  /** RFC 3339 without zone: UTC. */
  start_time: string
  /** Absent while it goes on. */
  finish_time?: string
  /** `Success` or `Error`; absent while it goes on. */
  result?: string
  /** Of an error, for administrators. */
  traceback?: string
  /** Of an error, in one sentence (2.84). */
  details?: string
  /** Where; for administrators. */
  host?: string
}

/** Something that was asked of a server: `create`, `resize`, `confirmResize`, `stop`, `lock`, … */
export interface InstanceAction {
  action: string
  instance_uuid: string
  /** Nova's own request id: the `Receipt` of the call; never the global one that was sent. */
  request_id: string
  user_id: string
  project_id: string
  /** RFC 3339 without zone: UTC. */
  start_time: string
  updated_at?: string
  /** `Error` where it failed; why is in the events. */
  message?: string
  /** In order; only of an action that was asked for by its request id. */
  events?: InstanceActionEvent[]
}

/** A decoded JSON object as an `InstanceAction`; anything else is an answer that Nova does not give. */
export function parseInstanceAction(value: unknown): InstanceAction {
  const fields = new AnswerFields(value)
  return {
    action: fields.required('action', 'compute', 'an action'),
    instance_uuid: fields.text('instance_uuid') ?? '',
    request_id: fields.required('request_id', 'compute', 'an action'),
    user_id: fields.text('user_id') ?? '',
    project_id: fields.text('project_id') ?? '',
    start_time: fields.text('start_time') ?? '',
    ...fields.texted(['updated_at', 'message']),
    ...(fields.has('events') ? { events: fields.list('events').map(parseEvent) } : {}),
  }
}

function parseEvent(value: unknown): InstanceActionEvent {
  const fields = new AnswerFields(value)
  return {
    event: fields.text('event') ?? '',
    start_time: fields.text('start_time') ?? '',
    ...fields.texted(['finish_time', 'result', 'traceback', 'details', 'host']),
  }
}
