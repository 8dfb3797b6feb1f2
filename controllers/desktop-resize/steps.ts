import type { DesktopResizeReason } from '../../api/v1alpha1/desktop-resize-reasons.ts'
import type { DesktopResizeStatus } from '../../api/v1alpha1/desktop-resize-status.ts'
import type { Rest, Wait } from '../../pkg/cloud-objects/waits.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'
import type { StepName } from './ledger.ts'
import type { Size } from './observed.ts'

export type Outcome = NonNullable<DesktopResizeStatus['outcome']>

interface Told extends Step {
  reason: DesktopResizeReason
  message: string
}

/** Take `Desktop.status.activeOperation`, by compare-and-swap. */
export interface Take extends Step {
  type: 'Take'
}
/** Put the server as it is on record: in status, then in its metadata. Nothing was done yet. */
export interface Record extends Step {
  type: 'Record'
}
/** Go on with the work of an object that is no more, as the server's metadata tell it. */
export interface Adopt extends Step {
  type: 'Adopt'
}
/** Keep so much of the project's quota for this resize. */
export interface Hold extends Step {
  type: 'Hold'
  size: Size
  /** What of it takes room: what grows. What shrinks is in use as long as Nova has not given it back. */
  growth: Size
}
export interface Lock extends Step {
  type: 'Lock'
}
export interface PowerOff extends Step {
  type: 'PowerOff'
}
export interface CreateFlavor extends Step {
  type: 'CreateFlavor'
}
/** Set the extra specs of the flavor that was made. */
export interface CompleteFlavor extends Step {
  type: 'CompleteFlavor'
}
/** Hand the server to Nova. */
export interface Resize extends Step {
  type: 'Resize'
}
export interface Confirm extends Step {
  type: 'Confirm'
}
export interface Revert extends Step {
  type: 'Revert'
}
/** One hard reboot of a server in ERROR. */
export interface Recover extends Step {
  type: 'Recover'
}
/** Put on record why it goes back. No effect of its own. */
export interface Fail extends Told {
  type: 'Fail'
  step: StepName
}
/** Put how it ended into the server's metadata, and take what was recorded for the work out of them. */
export interface Conclude extends Step {
  type: 'Conclude'
  succeeded: boolean
}
export interface DeleteNewFlavor extends Step {
  type: 'DeleteNewFlavor'
}
export interface ReleaseHold extends Step {
  type: 'ReleaseHold'
}
export interface DeleteOldFlavor extends Step {
  type: 'DeleteOldFlavor'
}
export interface PowerOn extends Step {
  type: 'PowerOn'
}
/** Take our lock off. */
export interface Unlock extends Step {
  type: 'Unlock'
}
/** Put the Desktop's own lock back on. */
export interface Relock extends Step {
  type: 'Relock'
}
/** Put the outcome on record, then give the desktop back. */
export interface Finish extends Told {
  type: 'Finish'
  outcome: Outcome
}
/** Give the desktop back: the outcome is on record. */
export interface Release extends Step {
  type: 'Release'
}

/** Steps that ask Nova for something. At most one such request may be under way at any time. */
export type NovaStep =
  | Record
  | Lock
  | PowerOff
  | CreateFlavor
  | CompleteFlavor
  | Resize
  | Confirm
  | Revert
  | Recover
  | Conclude
  | DeleteNewFlavor
  | DeleteOldFlavor
  | PowerOn
  | Unlock
  | Relock

export type ResizeStep =
  | Wait<DesktopResizeReason>
  | Rest
  | Take
  | Adopt
  | Hold
  | NovaStep
  | ReleaseHold
  | Fail
  | Finish
  | Release

export type ResizeDecision = ResizeStep | ReleaseFinalizer

/** The step of status under which the effect of a decision is shown; undefined where it is none of RSZ-1. */
export const shownAs: { readonly [Type in ResizeStep['type']]?: StepName } = {
  Record: 'Record',
  Conclude: 'Conclude',
  Hold: 'Hold',
  Lock: 'Lock',
  PowerOff: 'PowerOff',
  CreateFlavor: 'CreateFlavor',
  CompleteFlavor: 'CreateFlavor',
  Resize: 'Resize',
  Confirm: 'Confirm',
  Revert: 'Revert',
  Recover: 'Recover',
  DeleteNewFlavor: 'DeleteNewFlavor',
  ReleaseHold: 'ReleaseHold',
  DeleteOldFlavor: 'DeleteOldFlavor',
  PowerOn: 'PowerOn',
  Unlock: 'Unlock',
  Relock: 'Unlock',
}
