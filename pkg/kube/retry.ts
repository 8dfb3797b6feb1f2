import type { Failure } from '../failure/failure.ts'

/**
 * When a failed object is looked at again without anything having changed. `firm`: nobody but a user has it looked at
 * earlier. What a cloud refuses it refuses until somebody makes room or gives rights; nothing that wakes objects says so.
 */
export type Retry =
  | { type: 'Never' }
  | { type: 'After'; afterMs: number; firm?: boolean }
  | { type: 'Backoff'; baseMs: number; maxMs: number; firm?: boolean }

/**
 * The retry that a failure's class asks for (docs/design.md, "Failures"). `Never` still means the periodic resync, and
 * being woken by whatever the object depends on.
 */
export function retryAfter({ class: failureClass, retryAfterSeconds }: Failure): Retry {
  if (retryAfterSeconds !== undefined && failureClass !== 'InvalidSpec') {
    return {
      type: 'After',
      afterMs: retryAfterSeconds * 1000,
      firm: failureClass === 'Quota' || failureClass === 'Refused',
    }
  }
  switch (failureClass) {
    case 'InvalidSpec':
    case 'Waiting':
    case 'Auth':
    case 'UnknownOutcome':
      return { type: 'Never' }
    case 'Quota':
    case 'Refused':
      return { type: 'Backoff', baseMs: 30_000, maxMs: 600_000, firm: true }
    case 'Throttled':
    case 'Unavailable':
    case 'NotFound':
      return { type: 'Backoff', baseMs: 1_000, maxMs: 300_000 }
    case 'Conflict':
      return { type: 'Backoff', baseMs: 100, maxMs: 30_000 }
    case 'Internal':
      return { type: 'Backoff', baseMs: 1_000, maxMs: 900_000 }
  }
}
