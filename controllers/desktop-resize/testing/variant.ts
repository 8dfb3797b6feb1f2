import type { DesktopResize } from '../../../api/v1alpha1/objects.ts'
import type { ComputeState } from '../../../test/cloud/nova/state.ts'
import type { Observed } from '../observed.ts'
import type { ResizeDecision, ResizeStep } from '../steps.ts'

/** A change to what is proved: a mutant of the decision, of what is recorded, or of Nova's ways. */
export interface Variant {
  /** Sees something else than what is there. */
  observed?(observed: Observed, resize: DesktopResize): Observed
  /** Decides something else. */
  decision?(decision: ResizeDecision, observed: Observed, resize: DesktopResize): ResizeDecision
  /** Leaves the record of an intent out. */
  recordsNothing?(step: ResizeStep): boolean
  /** Nova after each change, in other ways than the real one. */
  nova?(state: ComputeState): void
}
