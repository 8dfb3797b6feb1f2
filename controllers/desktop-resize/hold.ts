import type { Size } from './observed.ts'
import { type Situation, targetOf } from './situation.ts'
import type { ResizeStep } from './steps.ts'

/** Step 1: what grows is held in the project's quota. */
export function hold(situation: Situation): ResizeStep | undefined {
  const { quota } = situation.observed
  const size = neededHold(situation, 'old')
  const isHeld = quota.type === 'Unmanaged' ? quota.taken : covers(quota.hold, size)
  return isHeld ? undefined : { type: 'Hold', size, growth: size }
}

/**
 * Before Nova is asked: from then on it may count the new size at any moment, and gives what shrinks back before the
 * confirm. Someone could fill that, and a revert would have no room.
 */
export function holdBoth(situation: Situation): ResizeStep | undefined {
  return adjust(situation, neededHold(situation, 'either'))
}

/** Nova counts the new size now: what grew is no longer to be held. */
export function holdLess(situation: Situation): ResizeStep | undefined {
  return adjust(situation, neededHold(situation, 'new'))
}

function adjust(situation: Situation, size: Size): ResizeStep | undefined {
  const { quota } = situation.observed
  if (quota.type === 'Unmanaged' || equal(quota.hold, size)) return undefined
  return { type: 'Hold', size, growth: neededHold(situation, 'old') }
}

/** max(old, new) minus the least that Nova may count for the server. */
function neededHold(situation: Situation, counted: 'old' | 'new' | 'either'): Size {
  const { preImage } = situation
  const target = targetOf(situation)
  const of = (before = 0, after = before) => {
    const least = { old: before, new: after, either: Math.min(before, after) }[counted]
    return Math.max(before, after) - least
  }
  return { cpus: of(preImage?.cpus, target?.cpus), memoryMiB: of(preImage?.memoryMiB, target?.memoryMiB) }
}

function covers(held: Size | undefined, size: Size): boolean {
  return held !== undefined && held.cpus >= size.cpus && held.memoryMiB >= size.memoryMiB
}

function equal(held: Size | undefined, size: Size): boolean {
  return held?.cpus === size.cpus && held.memoryMiB === size.memoryMiB
}
