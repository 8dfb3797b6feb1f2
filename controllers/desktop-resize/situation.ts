import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import { Ledger } from './ledger.ts'
import type { ObservedInCloud, ObservedServer, Size } from './observed.ts'

/** Where the resize stands in Nova. */
export type Course =
  /** Nova has not taken it, and no request that asks for it is under way. */
  | 'Before'
  /** It may have been sent, and nothing tells yet whether Nova took it. */
  | 'Unknown'
  /** Nova is at it, or has another task on the server. */
  | 'Busy'
  | 'Verify'
  /** A confirm or revert is under way. */
  | 'Deciding'
  /** Over: the server has the new flavor, and no task. */
  | 'Resized'
  /** Over: Nova took it, and the server has its old flavor. */
  | 'Failed'
  /** ERROR. */
  | 'Broken'
  | 'Gone'

export type PreImage = NonNullable<NonNullable<DesktopResize['status']>['preImage']>

/** What the decision is made of: the object, what is on record, what is there. */
export interface Situation {
  resize: DesktopResize
  observed: ObservedInCloud
  ledger: Ledger
  /** The server before the first effect; absent until it is on record. */
  preImage: PreImage | undefined
  server: ObservedServer | undefined
  course: Course
}

export function situationOf(resize: DesktopResize, observed: ObservedInCloud): Situation {
  const ledger = new Ledger(resize)
  const server = typeof observed.server === 'string' ? undefined : observed.server
  const preImage = resize.status?.preImage
  // A server that was deleted under a resize may come back, broken; it stays a deleted one.
  const wasGone = resize.status?.failure?.reason === 'ServerGone'
  return { resize, observed, ledger, preImage, server, course: wasGone ? 'Gone' : courseOf(observed, ledger) }
}

/** Whether Nova took our resize: by its answer, by the action, by the flavor. */
export function isAccepted({ server, evidence, answers }: ObservedInCloud, ledger: Ledger): boolean {
  if (!ledger.sent('Resize')) return false
  const known = ledger.of('Resize') === 'Done' || answers.Resize?.type === 'Accepted'
  return known || evidence.action !== 'None' || (typeof server === 'object' && server.flavor === 'New')
}

function courseOf(observed: ObservedInCloud, ledger: Ledger): Course {
  const { server } = observed
  if (server === 'Gone') return 'Gone'
  if (server === 'Unknown') return 'Before'
  const { status, taskState } = server
  const accepted = isAccepted(observed, ledger)
  if (status === 'VERIFY_RESIZE' && accepted) return verifying(observed)
  if (accepted && isStuck(observed)) return 'Broken'
  if (taskState !== undefined || (!accepted && mayBeUnderWay('Resize', observed, ledger))) {
    return taskState === undefined ? 'Unknown' : 'Busy'
  }
  if (status === 'ERROR') return 'Broken'
  if (!accepted) return 'Before'
  return server.flavor === 'New' ? 'Resized' : failed(observed)
}

/**
 * Somebody deleted the server while Nova resized it: the resize went on, failed where it wrote, and left ERROR with a
 * task that nobody works on. For a moment every failure looks so; the failure is recorded before anything is done about it.
 */
function isStuck({ server, evidence }: ObservedInCloud): boolean {
  if (typeof server === 'string' || server.status !== 'ERROR') return false
  const isTask = server.taskState?.startsWith('resize_') ?? false
  return isTask && evidence.migration?.status === 'error'
}

/** Nova still shows VERIFY_RESIZE after it took a confirm: only the migration says so. */
function verifying({ evidence }: ObservedInCloud): Course {
  const status = evidence.migration?.status
  if (status === 'finished') return 'Verify'
  return status === 'post-migrating' || status === 'migrating' ? 'Busy' : 'Deciding'
}

/** The old flavor and no task: over, unless the migration is only about to begin or to end. */
function failed({ evidence, settled }: ObservedInCloud): Course {
  const { migration, action } = evidence
  if (migration === undefined) return action === 'Failed' || settled.includes('Resize') ? 'Failed' : 'Busy'
  return ['error', 'failed', 'cancelled', 'reverted', 'confirmed', 'done'].includes(migration.status)
    ? 'Failed'
    : 'Busy'
}

/** Whether a request for the step was sent that has no answer, and may yet have its effect. */
export function mayBeUnderWay(
  step: Parameters<Ledger['isOpen']>[0],
  { answers, settled }: ObservedInCloud,
  ledger: Ledger,
): boolean {
  return ledger.isOpen(step) && answers[step] === undefined && !settled.includes(step)
}

/** The size that is asked for; what spec leaves out stays as it was. Undefined where nothing is asked for. */
export function targetOf({ observed, preImage, server }: Situation): Size | undefined {
  const { wanted } = observed
  const before: Partial<Size> = preImage ?? server?.size ?? {}
  const cpus = wanted.cpus ?? before.cpus
  const memoryMiB = wanted.memoryMiB ?? before.memoryMiB
  const nothing = wanted.cpus === undefined && wanted.memoryMiB === undefined
  return nothing || cpus === undefined || memoryMiB === undefined ? undefined : { cpus, memoryMiB }
}
