import type { DesktopResizeReason } from '../../api/v1alpha1/desktop-resize-reasons.ts'
import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import { asFailure, type Failure } from '../../pkg/failure/failure.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { Receipt } from '../../pkg/openstack/service-api.ts'
import type { ResizeMemory } from './memory.ts'
import type { Answer, ObservedInCloud } from './observed.ts'
import { type NovaStep, shownAs } from './steps.ts'

/** A request to Nova for a resize. */
export interface Ask {
  resize: DesktopResize
  observed: ObservedInCloud
  cloud: ConnectedCloud
  signal: AbortSignal
}

/** Sends one request, and remembers what came of it as long as this process lives. */
export async function askNova(
  step: NovaStep,
  { resize }: Ask,
  memory: ResizeMemory,
  call: () => Promise<Partial<Receipt>>,
): Promise<Outcome> {
  const uid = resize.metadata.uid ?? ''
  const name = shownAs[step.type]
  if (name !== undefined) memory.asking(uid, name)
  try {
    const { requestId: requestID } = await call()
    if (name !== undefined) memory.answered(uid, name, { type: 'Accepted', requestID })
    return { type: 'Done' }
  } catch (error) {
    const failure = asFailure(error)
    const refusal = refusalOf(step, failure)
    if (refusal === undefined) return lost(failure)
    if (name !== undefined) memory.answered(uid, name, refusal)
    // What would be refused again is decided about at once; anything else is looked at anew, after a pause.
    return refusal.final ? { type: 'Done' } : { type: 'Failed', failure }
  }
}

/** No answer, or one that tells nothing: looked at again at once, and then waited for. */
function lost(failure: Failure): Outcome {
  if (failure.class === 'UnknownOutcome') return { type: 'Done' }
  return { type: 'Failed', failure }
}

/** An answer below 500 means that nothing happened. Anything else leaves it open whether something did. */
function refusalOf(step: NovaStep, failure: Failure): Extract<Answer, { type: 'Refused' }> | undefined {
  const { status, class: failureClass, message } = failure
  if (status === undefined || status >= 500 || failureClass === 'UnknownOutcome') return undefined
  const final = failureClass === 'InvalidSpec' || failureClass === 'Refused' || failureClass === 'Quota'
  const gone = failureClass === 'NotFound' && step.type === 'Resize'
  return { type: 'Refused', final: final || gone, reason: reasonOf(step, failure), message }
}

function reasonOf(step: NovaStep, { class: failureClass, code }: Failure): DesktopResizeReason {
  if (failureClass === 'Quota') return 'QuotaExceeded'
  if (code === 'Forbidden') return 'Refused'
  if (code === 'ServerLocked' || code === 'LockedByAdministrator') return 'LockedByOther'
  return step.type === 'PowerOff' ? 'PowerOffFailed' : 'ResizeRefused'
}
