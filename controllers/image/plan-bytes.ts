import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { ObservedInCloud } from './observed.ts'
import { discard, type ImageStep } from './steps.ts'

/** An image that waits for bytes which we send. */
export function planBytes(found: GlanceImage, { transfer, refresh, begunAnew }: ObservedInCloud): ImageStep {
  // Whoever asks for a fresh look, or sends other bytes, wants what failed to be tried again.
  if (transfer?.state === 'Failed' && (refresh !== undefined || begunAnew))
    return { type: 'StartTransfer', id: found.id }
  switch (transfer?.state) {
    case undefined:
      return { type: 'StartTransfer', id: found.id }
    case 'Failed':
      return { type: 'EndTransfer', failure: transfer.failure }
    case 'Succeeded':
      return { type: 'Await', reason: 'Verifying', message: 'all bytes are sent; Glance is finishing', hurry: true }
    case 'Queued':
    case 'Running':
      return { type: 'AwaitTransfer' }
  }
}

/** An image that takes bytes now: ours, or those of a process that is gone. */
export function planSaving(found: GlanceImage, observed: ObservedInCloud): ImageStep {
  const { transfer, abandoned } = observed
  if (transfer !== undefined && transfer.state !== 'Failed') return planBytes(found, observed)
  if (abandoned) {
    const message = 'Glance has waited too long for bytes that nobody sends any more'
    return discard(found.id, 'Transferring', 'AtOnce', message)
  }
  const message = 'an upload that nobody sends any more is being given up by Glance; then it begins anew'
  return { type: 'Await', reason: 'Transferring', message, hurry: true }
}
