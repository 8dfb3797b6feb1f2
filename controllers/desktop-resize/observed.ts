import type { DesktopResizeReason } from '../../api/v1alpha1/desktop-resize-reasons.ts'
import type { ObservedClosed } from '../../pkg/cloud-objects/closed.ts'
import type { StepName } from './ledger.ts'
import type { PreImage } from './situation.ts'

/** What a resize changes. */
export interface Size {
  cpus: number
  memoryMiB: number
}

/**
 * Who has `Desktop.status.activeOperation`. `Earlier`: an object of the same name that is no more. `Stale`: another one
 * that is no more.
 */
export type Holder = 'Nobody' | 'Mine' | 'Earlier' | 'Other' | 'Stale'

/** The Desktop that the resize is for. */
export interface ObservedDesktop {
  deleting: boolean
  holder: Holder
  /** Name of the object that has the operation. */
  holderName: string | undefined
  /** Id of its server, once there is one. */
  serverID: string | undefined
  /** What `spec.resources` asks for. */
  resources: Partial<Size>
  /** `resizePolicy: Automatic`: any other size would be undone. */
  automatic: boolean
  /** Whether a lock with this reason is the Desktop's own (`lock: Locked`). */
  ownsLock: boolean
  /** Resizes that were carried out, of status and of the server's metadata. */
  executed: readonly { key: string; hash: string }[]
}

/** The server as Nova shows it now. */
export interface ObservedServer {
  /** `status`, verbatim. */
  status: string
  taskState: string | undefined
  /** In the project that the Cloud is connected to. */
  ownProject: boolean
  /** `Ours`: with the reason that names this resize. */
  lock: 'Unlocked' | 'Ours' | 'Other'
  lockReason: string | undefined
  size: Size
  /** Which flavor it has, by the name that is embedded in it. */
  flavor: 'Old' | 'New' | 'Other'
  fault: string | undefined
  host: string | undefined
  hostDown: boolean
  /** The resize that the server's metadata say is under way. */
  trace: Trace | undefined
}

/** What the server's metadata say of a resize under way: enough to go on, or back, when status is lost. */
export interface Trace {
  /** Uid of the DesktopResize that began it; flavor and lock derive from it. */
  operation: string
  key: string
  hash: string
}

/** What came of the request that was sent for a step in this process; lost with it, which only means waiting. */
export type Answer =
  | { type: 'Accepted'; requestID: string | undefined }
  /** It had no effect. `final`: trying again would end the same way. */
  | { type: 'Refused'; final: boolean; reason: DesktopResizeReason; message: string }

/** The resize as Nova's records tell it. Nothing here is older than the resize. */
export interface Evidence {
  /** State of the migration that it made, verbatim. */
  migration: { id: number; status: string } | undefined
  /** The action `resize` that our user asked for since. */
  action: 'None' | 'Seen' | 'Failed'
  /** Why it failed, as the action's events say it. */
  cause: string | undefined
  /** Our user asked for a hard reboot since. */
  rebooted: boolean
}

/** The flavor whose id derives from the resize. `Incomplete`: without all its extra specs. `Unknown`: not looked for. */
export type NewFlavor = 'Unknown' | 'Absent' | 'Incomplete' | 'Complete' | 'Different'

/** Who keeps the project within its limits. */
export type Quota =
  /** A ProjectQuota; `hold` is what it keeps for this resize. */
  | { type: 'Managed'; name: string; hold: Size | undefined }
  /** Nobody: resizes of a project go one after the other. `busy`: another one has its turn. */
  | { type: 'Unmanaged'; taken: boolean; busy: boolean }

/** What is known when the cloud can be asked. Plain data: no clock, no promise. */
export interface ObservedInCloud {
  state: 'Ready'
  /** Now, RFC 3339: what is recorded is stamped with it. */
  time: string
  cloudName: string
  /** Uid that flavor and lock derive from: the object's own, or that of the one whose work it goes on with. */
  operation: string
  key: string
  hash: string
  /** What the resize asks for; once it has begun, what it asked for then. */
  wanted: Partial<Size>
  /** Now, against notBeforeTime and notAfterTime. */
  window: 'Early' | 'Open' | 'Over'
  /** timeoutSeconds have passed since it began. */
  overdue: boolean
  desktop: ObservedDesktop | undefined
  /** An older resize of the same desktop that may begin. */
  ahead: string | undefined
  /** What the credential lacks, where that can be told. */
  lacks: string | undefined
  /** Members of the project can take our lock off. */
  lockIsAdvisory: boolean
  /** `Gone`: Nova itself says so, or it is soft-deleted. `Unknown`: it was not looked for. */
  server: ObservedServer | 'Gone' | 'Unknown'
  /** The server before the first effect, as it would be put on record now; only where that is about to be done. */
  snapshot: PreImage | undefined
  evidence: Evidence
  newFlavor: NewFlavor
  /** `Ours`: made for this desktop, and no server has it. */
  oldFlavor: 'Unknown' | 'Absent' | 'Ours' | 'Kept'
  quota: Quota
  answers: Readonly<Partial<Record<StepName, Answer>>>
  /** Steps whose request, if one was sent, can no longer be under way: the request timeout has passed since. */
  settled: readonly StepName[]
  /** When time alone will change something: seconds from now. */
  wakeAfterSeconds: number | undefined
}

/** It has ended: only the Desktop is looked at. */
export interface ObservedFinished {
  state: 'Finished'
  holder: Holder
}

/** The Desktop does not exist, and nothing was begun. */
export interface ObservedNoDesktop {
  state: 'NoDesktop'
}

export type Observed = ObservedInCloud | ObservedFinished | ObservedNoDesktop | ObservedClosed
