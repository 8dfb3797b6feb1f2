import type { Outcome } from './kind.ts'

/** An effect that is done and worth an event. */
export function done(reason: string, action: string, note: string, type: 'Normal' | 'Warning' = 'Normal'): Outcome {
  return { type: 'Done', event: { type, reason, action, note } }
}
