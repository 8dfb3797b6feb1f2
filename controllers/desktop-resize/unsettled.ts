import { type StepName, stepNames } from './ledger.ts'
import { isAccepted, mayBeUnderWay, type Situation } from './situation.ts'
import type { NovaStep, ResizeStep } from './steps.ts'
import { wait } from './waiting.ts'

const novaSteps: ReadonlySet<string> = new Set<NovaStep['type'] | 'Finish'>([
  'Record',
  'Lock',
  'PowerOff',
  'CreateFlavor',
  'CompleteFlavor',
  'Resize',
  'Confirm',
  'Revert',
  'Recover',
  'Conclude',
  'DeleteNewFlavor',
  'DeleteOldFlavor',
  'PowerOn',
  'Unlock',
  'Relock',
  'Finish',
])

/**
 * The rule that everything else rests on: nothing is asked of Nova, and nothing ends, while an earlier request may still
 * be under way. So no late one can meet a state that it was not meant for.
 */
export function holdBack(situation: Situation, step: ResizeStep): ResizeStep {
  const open = novaSteps.has(step.type) ? firstUnsettled(situation) : undefined
  if (open === undefined) return step
  const message = `the answer to ${open} was lost, and it may still be under way; waiting until it cannot be`
  return wait('OutcomeUnknown', message, true)
}

/** Compare-and-swap, or without effect when they come late. */
const harmless: ReadonlySet<StepName> = new Set(['Hold', 'Show', 'ReleaseHold', 'DeleteNewFlavor', 'DeleteOldFlavor'])

/** The first step whose request may still be under way. */
export function firstUnsettled(situation: Situation): StepName | undefined {
  const { observed, ledger } = situation
  return stepNames.find((name) => {
    // A confirm that was taken may be at work: a second one meanwhile puts the server into ERROR.
    const taken = name === 'Confirm' && observed.answers.Confirm?.type === 'Accepted'
    const open = taken ? !observed.settled.includes('Confirm') : mayBeUnderWay(name, observed, ledger)
    return open && !harmless.has(name) && !isSeen(name, situation)
  })
}

/** Whether what is there can only come from the request that was sent: then nothing is under way any more. */
export function isSeen(name: StepName, { observed, ledger, server, course }: Situation): boolean {
  const migration = observed.evidence.migration?.status ?? ''
  switch (name) {
    case 'Record':
      return server?.trace?.operation === observed.operation
    case 'Conclude':
      return server !== undefined && server.trace === undefined
    case 'Lock':
      return server?.lock === 'Ours'
    case 'CreateFlavor':
      return observed.newFlavor !== 'Absent' && observed.newFlavor !== 'Unknown'
    case 'Resize':
      return isAccepted(observed, ledger)
    case 'Confirm':
      return course === 'Resized' || migration === 'confirming' || migration === 'confirmed'
    case 'Revert':
      return migration === 'reverting' || migration === 'reverted'
    case 'Hold':
      return observed.quota.type === 'Managed' && observed.quota.hold !== undefined
    case 'ReleaseHold':
      return observed.quota.type === 'Managed' && observed.quota.hold === undefined
    case 'DeleteNewFlavor':
      return observed.newFlavor === 'Absent'
    case 'DeleteOldFlavor':
      return observed.oldFlavor === 'Absent'
    case 'Show':
    case 'PowerOff':
    case 'Recover':
    case 'PowerOn':
    case 'Unlock':
      return false
  }
}
