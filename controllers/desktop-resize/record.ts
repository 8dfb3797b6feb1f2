import type { DesktopResizeStep } from '../../api/v1alpha1/desktop-resize-status.ts'
import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import type { StatusFields } from '../../pkg/kube/kind.ts'
import { type StepName, stepNames } from './ledger.ts'
import type { Observed } from './observed.ts'
import { type PreImage, type Situation, situationOf, targetOf } from './situation.ts'
import { type Finish, type ResizeStep, shownAs } from './steps.ts'
import { isSeen } from './unsettled.ts'
import { sizeFields } from './words.ts'

type Fields = StatusFields<DesktopResize>
type Changes = Map<StepName, Partial<DesktopResizeStep>>

/** What has to be on record before the effect of a step. Pure: the time is that of the observation. */
export function intentOf(step: ResizeStep, resize: DesktopResize, observed: Observed): Fields | undefined {
  if (observed.state !== 'Ready')
    return step.type === 'Finish' ? { outcome: step.outcome, result: resultOf(step) } : undefined
  const situation = situationOf(resize, observed)
  switch (step.type) {
    case 'Take':
      return resize.status?.startTime === undefined ? beginning(situation) : undefined
    case 'Record':
      return resize.status?.preImage === undefined
        ? recordOf(situation, observed.snapshot, new Map([['Record', intended(observed.time)]]))
        : effect(step, situation)
    case 'Adopt':
      return recordOf(situation, observed.snapshot, adopted(observed.time))
    case 'Fail': {
      const { reason, message } = step
      return { failure: { step: step.step, reason, message: message.slice(0, 2048) } }
    }
    case 'Finish':
      return ending(step, situation)
    default:
      return effect(step, situation)
  }
}

function beginning({ observed, resize }: Situation): Fields {
  const { time, key, hash, operation, desktop, cloudName } = observed
  const startTime = resize.status?.startTime ?? time
  return { startTime, idempotencyKey: key, hash, operation, cloud: cloudName, serverID: desktop?.serverID }
}

function recordOf(situation: Situation, snapshot: PreImage | undefined, sent: Changes): Fields | undefined {
  if (snapshot === undefined) return undefined
  const { observed, ledger } = situation
  const target = targetOf({ ...situation, preImage: snapshot })
  const shown: Changes = new Map([...sent, ['Show', { state: 'Done', finishTime: observed.time }]])
  return {
    ...beginning(situation),
    preImage: snapshot,
    from: { ...sizeFields(snapshot), flavorID: snapshot.flavorID, flavorName: snapshot.flavorName },
    to: target && sizeFields(target),
    steps: ledger.with(shown),
  }
}

/**
 * Of an earlier object's work nothing is on record but how the server was: whatever it did may have been sent just now.
 */
function adopted(time: string): Changes {
  const sent = ['Record', 'Hold', 'Lock', 'PowerOff', 'CreateFlavor', 'Resize'] as const
  return new Map(sent.map((name) => [name, intended(time)]))
}

function intended(time: string): Partial<DesktopResizeStep> {
  return { state: 'Intended', intentTime: time }
}

/** A step is on record as intended before its request goes out, and so is how the steps before it ended. */
function effect(step: ResizeStep, situation: Situation): Fields | undefined {
  const name = shownAs[step.type]
  if (name === undefined) return undefined
  const { ledger, observed } = situation
  // Compare-and-swap needs no record of each attempt, and waits for room would make many.
  if (name === 'Hold' && ledger.isOpen('Hold')) return undefined
  const changes = progress(situation)
  const state = ledger.of(name) === 'Pending' ? 'Intended' : ledger.of(name)
  changes.set(name, { state, intentTime: observed.time, finishTime: undefined, requestID: undefined })
  return { step: name, steps: ledger.with(changes) }
}

/** How the steps ended that are on record as intended, as far as that is known now. */
export function progress(situation: Situation): Changes {
  const { ledger, observed } = situation
  const { answers, time, settled } = observed
  const changes: Changes = new Map()
  for (const name of stepNames) {
    // What was sent after the look is not what it saw.
    if (!ledger.isOpen(name) || ledger.intentTime(name) === time) continue
    const answer = answers[name]
    const requestID = answer?.type === 'Accepted' ? answer.requestID : undefined
    // A confirm that Nova took is done when the migration says so: until then it may be at work.
    const taken = answer?.type === 'Accepted' && name !== 'Confirm' && name !== 'Revert'
    const silent = answer === undefined && settled.includes(name) && isInPlace(name, situation)
    if (!taken && !silent && !isSeen(name, situation)) continue
    changes.set(name, { state: doneFrom(ledger.of(name)), finishTime: time, ...(requestID && { requestID }) })
  }
  return changes
}

/** Whether what a step is for is there, whoever brought it about. */
function isInPlace(name: StepName, { server }: Situation): boolean {
  switch (name) {
    case 'PowerOff':
      return server?.status === 'SHUTOFF'
    case 'PowerOn':
      return server?.status === 'ACTIVE'
    case 'Unlock':
      return server !== undefined && server.lock !== 'Ours'
    default:
      return false
  }
}

function doneFrom(state: DesktopResizeStep['state']): DesktopResizeStep['state'] {
  return state === 'Intended' ? 'Done' : state
}

/** The outcome, once and for all; steps that were not needed are Skipped, those without effect Undone. */
function ending(step: Finish, situation: Situation): Fields {
  const { ledger, observed, resize, server } = situation
  const { time } = observed
  const changes = progress(situation)
  const back = step.outcome !== 'Succeeded'
  for (const name of stepNames) {
    const state = changes.get(name)?.state ?? ledger.of(name)
    if (state === 'Pending') changes.set(name, { state: 'Skipped', finishTime: time })
    if (state === 'Intended') changes.set(name, { ...changes.get(name), state: 'Undone', finishTime: time })
    if (state === 'Done' && back && undone.has(name)) changes.set(name, { ...changes.get(name), state: 'Undone' })
  }
  const fault = resize.status?.failure?.message ?? server?.fault
  return {
    outcome: step.outcome,
    result: resultOf(step),
    finishTime: time,
    step: undefined,
    ...(resize.status?.startTime === undefined ? {} : { steps: ledger.with(changes) }),
    ...(fault === undefined ? {} : { fault: fault.slice(0, 1024) }),
  }
}

function resultOf({ reason, message }: Finish): Fields['result'] {
  return { reason, message: message.slice(0, 2048) }
}

const undone: ReadonlySet<StepName> = new Set(['Hold', 'Lock', 'PowerOff', 'CreateFlavor', 'Resize'])
