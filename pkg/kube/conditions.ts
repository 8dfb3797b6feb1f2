import type { Condition } from './resource.ts'

/** A condition as `report` wants it; time and generation are added when it is written. */
export type WantedCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Whether and why an object is as it is wanted. One of the three, never two at once. */
export type Readiness =
  | { state: 'Ready'; reason: string; message: string }
  /** Work is under way, or something is awaited that heals by itself. `known: false` where nothing can be said. */
  | { state: 'Reconciling'; reason: string; message: string; known?: boolean }
  /** Only a changed spec, Secret or dependency can help. */
  | { state: 'Stalled'; reason: string; message: string }

/**
 * `Ready` and the kstatus pair for a readiness: `Reconciling` and `Stalled` are present only while true, so that
 * kstatus reads Current, InProgress or Failed from it.
 */
export function readinessConditions(readiness: Readiness): WantedCondition[] {
  const { state, reason, message } = readiness
  if (state === 'Ready') return [{ type: 'Ready', status: 'True', reason, message }]
  const status = state === 'Reconciling' && readiness.known === false ? 'Unknown' : 'False'
  return [
    { type: 'Ready', status, reason, message },
    { type: state, status: 'True', reason, message },
  ]
}

/** Wanted conditions as they are written: `lastTransitionTime` moves only where `status` flips. */
export function transition(
  previous: readonly Condition[],
  wanted: readonly WantedCondition[],
  generation: number,
  now: Date,
): Condition[] {
  const time = `${now.toISOString().slice(0, 19)}Z`
  return wanted.map((condition) => {
    const before = previous.find(({ type }) => type === condition.type)
    const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : time
    return { ...condition, observedGeneration: generation, lastTransitionTime }
  })
}

/** The condition of that type, if it is there. */
export function conditionOf(
  object: { status?: { conditions?: Condition[] | undefined } | undefined },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type)
}
