import type { ObjectMeta } from '../kube/resource.ts'

/** What a verdict is made of: every kind of ours has it. */
export interface Judged {
  metadata: ObjectMeta
  status?:
    | {
        conditions?: { type: string; status: string; reason: string; message: string }[] | undefined
        observedGeneration?: number | undefined
      }
    | undefined
}

/** What an object says of itself. */
export interface Verdict {
  ready: boolean
  /** Only a changed spec or dependency can help. */
  stalled: boolean
  reason: string
  message: string
}

/** Reads conditions as kstatus does: what was said of an older generation does not count as ready. */
export function verdictOf(object: Judged): Verdict {
  const conditions = object.status?.conditions ?? []
  const find = (type: string) => conditions.find((condition) => condition.type === type)
  const ready = find('Ready')
  if (ready === undefined) {
    return { ready: false, stalled: false, reason: 'NotSeen', message: 'The operator has not looked at it yet.' }
  }
  const current = (object.status?.observedGeneration ?? -1) >= (object.metadata.generation ?? 0)
  const { reason, message } = ready
  if (object.metadata.deletionTimestamp !== undefined) return { ready: false, stalled: false, reason, message }
  if (!current && ready.status === 'True') {
    return {
      ready: false,
      stalled: false,
      reason: 'Outdated',
      message: 'The operator has not seen the last change yet.',
    }
  }
  return { ready: ready.status === 'True', stalled: current && find('Stalled')?.status === 'True', reason, message }
}
