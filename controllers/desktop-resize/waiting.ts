import type { DesktopResizeReason } from '../../api/v1alpha1/desktop-resize-reasons.ts'
import type { Await } from '../../pkg/cloud-objects/waits.ts'

/** A wait. `hurry`: Nova is at it, so the inventory of servers looks often. */
export function wait(reason: DesktopResizeReason, message: string, hurry = false): Await<DesktopResizeReason> {
  return { type: 'Await', reason, message, hurry }
}
