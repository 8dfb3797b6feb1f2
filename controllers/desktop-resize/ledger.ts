import type { DesktopResizeStep } from '../../api/v1alpha1/desktop-resize-status.ts'
import type { DesktopResize } from '../../api/v1alpha1/objects.ts'

export type StepName = DesktopResizeStep['name']
export type StepState = DesktopResizeStep['state']

/** The steps of RSZ-1 in their order, and what is put on record of them outside, as status shows them. */
export const stepNames = [
  'Record',
  'Hold',
  'Lock',
  'Show',
  'PowerOff',
  'CreateFlavor',
  'Resize',
  'Confirm',
  'Revert',
  'Recover',
  'Conclude',
  'DeleteNewFlavor',
  'ReleaseHold',
  'DeleteOldFlavor',
  'PowerOn',
  'Unlock',
] as const satisfies readonly StepName[]

/** What is on record of the steps of a resize. */
export class Ledger {
  readonly #steps: ReadonlyMap<StepName, DesktopResizeStep>

  constructor(resize: Pick<DesktopResize, 'status'>) {
    this.#steps = new Map(resize.status?.steps?.map((step) => [step.name, step]))
  }

  of(name: StepName): StepState {
    return this.#steps.get(name)?.state ?? 'Pending'
  }

  /** Whether a request for it may ever have been sent. */
  sent(name: StepName): boolean {
    return this.#steps.get(name)?.intentTime !== undefined
  }

  /** Whether it is on record that it was about to be sent, and not how it ended. */
  isOpen(name: StepName): boolean {
    const step = this.#steps.get(name)
    return step?.intentTime !== undefined && step.finishTime === undefined
  }

  intentTime(name: StepName): string | undefined {
    return this.#steps.get(name)?.intentTime
  }

  /** All steps with some of them changed, in their order. */
  with(changes: ReadonlyMap<StepName, Partial<DesktopResizeStep>>): DesktopResizeStep[] {
    return stepNames.map((name) => {
      const before = this.#steps.get(name) ?? { name, state: 'Pending' }
      return { ...before, ...changes.get(name) }
    })
  }
}
