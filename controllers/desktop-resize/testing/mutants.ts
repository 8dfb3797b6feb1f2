import { type StepName, stepNames } from '../ledger.ts'
import type { Evidence, Observed, ObservedInCloud } from '../observed.ts'
import type { ResizeDecision, ResizeStep } from '../steps.ts'
import type { Scenario } from './scenario.ts'
import type { Variant } from './variant.ts'

/** A resize, or a Nova, that is wrong in one point; and a scenario in which that does harm. */
export interface Mutant {
  name: string
  scenario: Scenario
  variant: Variant
}

function seeing(change: (observed: ObservedInCloud) => Partial<ObservedInCloud>): Variant {
  return {
    observed: (observed: Observed) => (observed.state === 'Ready' ? { ...observed, ...change(observed) } : observed),
  }
}

const seeingEvidence = (change: Partial<Evidence>) =>
  seeing(({ evidence }) => ({ evidence: { ...evidence, ...change } }))

/** Ends right where it would take a step of this type. */
function leavingOut(type: ResizeStep['type']): Variant {
  return { decision: (decision) => (decision.type === type ? ended : decision) }
}

const ended: ResizeDecision = { type: 'Finish', outcome: 'Succeeded', reason: 'Succeeded', message: 'a mutant' }

function instead(type: ResizeStep['type'], other: ResizeDecision): Variant {
  return { decision: (decision) => (decision.type === type ? other : decision) }
}

const cold: Scenario = { name: 'cold' }
const stopped: Scenario = { name: 'stopped', stopped: true }
const cancelled: Scenario = {
  outcomes: ['Succeeded', 'Cancelled'],
  name: 'cancelled',
  others: ['cancel'],
}
const refusedByNova: Scenario = {
  outcomes: ['Failed'],
  name: 'no host',
  noHost: true,
}
const failing: Scenario = { name: 'fails', outcomes: ['Failed'] }
const settledAtOnce: readonly StepName[] = stepNames

const ofThePlan: readonly Mutant[] = [
  {
    name: 'waits for no request that may be under way',
    scenario: cold,
    variant: seeing(() => ({ settled: settledAtOnce })),
  },
  {
    name: 'takes a lost answer for a refusal',
    scenario: stopped,
    variant: seeing(({ answers }) => ({
      answers: {
        ...answers,
        Resize: answers.Resize ?? { type: 'Refused', final: false, reason: 'Conflict', message: '' },
      },
    })),
  },
  {
    name: 'confirms again while a confirm may run',
    scenario: stopped,
    variant: seeing(({ answers, settled }) => ({ settled: [...settled, 'Confirm'], answers })),
  },
  { name: 'believes no action of its own', scenario: refusedByNova, variant: seeingEvidence({ action: 'None' }) },
  { name: 'believes no migration', scenario: stopped, variant: seeingEvidence({ migration: undefined }) },
  {
    name: 'records no intent to resize',
    scenario: stopped,
    variant: { recordsNothing: ({ type }) => type === 'Resize' },
  },
  {
    name: 'records no intent to confirm',
    scenario: stopped,
    variant: { recordsNothing: ({ type }) => type === 'Confirm' },
  },
  {
    name: 'records no intent to lock',
    scenario: cancelled,
    variant: { recordsNothing: ({ type }) => type === 'Lock' },
  },
  {
    name: 'records no intent to power off',
    scenario: cancelled,
    variant: { recordsNothing: ({ type }) => type === 'PowerOff' },
  },
  {
    name: 'records no intent to make a flavor',
    scenario: cancelled,
    variant: { recordsNothing: ({ type }) => type === 'CreateFlavor' },
  },
  {
    name: 'records no intent to reboot',
    scenario: { ...failing, fails: 'finish_migration', stopped: true },
    variant: { recordsNothing: ({ type }) => type === 'Recover' },
  },
  { name: 'leaves the hold', scenario: stopped, variant: leavingOut('ReleaseHold') },
  { name: 'leaves the new flavor after a failure', scenario: refusedByNova, variant: leavingOut('DeleteNewFlavor') },
  {
    name: 'leaves the old flavor of the desktop',
    scenario: { ...stopped, ownFlavor: true },
    variant: leavingOut('DeleteOldFlavor'),
  },
  {
    name: 'deletes the old flavor of others',
    scenario: stopped,
    variant: seeing(({ oldFlavor }) => ({ oldFlavor: oldFlavor === 'Kept' ? 'Ours' : oldFlavor })),
  },
  { name: 'does not power on again', scenario: cold, variant: leavingOut('PowerOn') },
  { name: 'does not unlock', scenario: stopped, variant: leavingOut('Unlock') },
  { name: 'does not give the desktop back', scenario: stopped, variant: instead('Release', { type: 'Rest' }) },
  {
    name: 'unlocks what others locked',
    scenario: { ...stopped, others: ['lock'] },
    variant: seeing(({ server }) => ({
      server: typeof server === 'object' && server.lock === 'Other' ? { ...server, lock: 'Ours' } : server,
    })),
  },
  {
    name: 'takes the Desktop’s own lock off',
    scenario: { ...stopped, locked: true },
    variant: instead('Conclude', { type: 'Unlock' }),
  },
  { name: 'never confirms', scenario: stopped, variant: instead('Confirm', { type: 'Revert' }) },
  {
    name: 'goes by the answers alone, not by what it sees',
    scenario: { ...stopped, others: ['lose the status'] },
    variant: seeing(({ server }) => ({
      server: typeof server === 'object' ? { ...server, trace: undefined } : server,
    })),
  },
  {
    name: 'reboots until it helps',
    scenario: { ...failing, fails: 'finish_migration,reboot', stopped: true },
    variant: {
      decision: (decision, observed) =>
        observed.state === 'Ready' &&
        typeof observed.server === 'object' &&
        observed.server.status === 'ERROR' &&
        observed.server.taskState === undefined
          ? { type: 'Recover' }
          : decision,
    },
  },
]

const ofNova: readonly Mutant[] = [
  {
    name: 'Nova that shows a confirmed server before it is',
    scenario: stopped,
    variant: {
      nova: (state) => {
        for (const one of state.migrations) if (one.status === 'confirming') one.status = 'finished'
      },
    },
  },
  {
    name: 'Nova whose locks nobody sees',
    scenario: stopped,
    variant: {
      nova: (state) => {
        for (const one of Object.values(state.servers)) one.lockedReason = null
      },
    },
  },
  {
    name: 'Nova that gives a server another flavor’s name',
    scenario: stopped,
    variant: {
      nova: (state) => {
        for (const one of Object.values(state.servers)) one.flavor = { ...one.flavor, name: 'old' }
      },
    },
  },
]

/** All of them; each has to be found out. */
export const mutants: readonly Mutant[] = [...ofThePlan, ...ofNova]
