import { AnswerFields } from './answer-fields.ts'

/** One quota of a project, as Nova and Cinder count it. */
export interface Quota {
  /** -1 is no limit. */
  limit: number
  in_use: number
  /** Asked for, not yet in use; Nova says always 0. */
  reserved: number
}

/** A project's quotas by the service's own names: `cores`, `ram` (MiB), `instances`; `volumes`, `gigabytes`, … */
export type QuotaSet = Readonly<Record<string, Quota>>

/** Reads the object `quota_set` of Nova's `detail`, or of Cinder's `usage=true`. */
export function parseQuotaSet(value: unknown): QuotaSet {
  const quotas = new AnswerFields(value)
  return Object.fromEntries(
    quotas.entries().flatMap(([name]): [string, Quota][] => {
      const fields = quotas.object(name)
      const limit = fields.number('limit')
      if (limit === undefined) return [] // the project's id, for one
      return [[name, { limit, in_use: fields.number('in_use') ?? 0, reserved: fields.number('reserved') ?? 0 }]]
    }),
  )
}
