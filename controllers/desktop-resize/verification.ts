import { holdLess } from './hold.ts'
import { interruption } from './interruption.ts'
import type { Situation } from './situation.ts'
import type { ResizeStep } from './steps.ts'
import { wait } from './waiting.ts'

/**
 * Step 6, second half: the server is in VERIFY_RESIZE. The nearest safe point of an automatic resize is the confirmed
 * one; a person who has not decided yet and cancels wants the old size.
 */
export function verify(situation: Situation): ResizeStep {
  const { resize, ledger } = situation
  const less = holdLess(situation)
  if (less !== undefined) return less
  if (ledger.sent('Confirm')) return { type: 'Confirm' }
  if (ledger.sent('Revert')) return { type: 'Revert' }
  if ((resize.spec.confirm ?? 'Automatic') === 'Automatic') return { type: 'Confirm' }
  if (resize.spec.decision === 'Confirm') return { type: 'Confirm' }
  if (resize.spec.decision === 'Revert' || interrupted(situation)) return { type: 'Revert' }
  const { name, namespace } = resize.metadata
  const command = `kubectl patch dr ${name} -n ${namespace} --type merge -p '{"spec":{"decision":"Confirm"}}'`
  return wait('AwaitingDecision', `the server has the new size and waits for spec.decision: ${command}, or Revert`)
}

/** Waiting for a decision is no delay. */
function interrupted(situation: Situation): boolean {
  const found = interruption(situation)
  return found !== undefined && found.reason !== 'TimedOut'
}
