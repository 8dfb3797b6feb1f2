import { createHash } from 'node:crypto'
import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import { resizeFlavorIdFor } from '../../pkg/openstack/mark.ts'

/** What makes it the same resize when the object is deleted and made again. */
export function keyOfResize({ metadata, spec }: DesktopResize): string {
  return spec.idempotencyKey ?? metadata.name
}

/** What was asked for, as far as it decides about the work. */
export function hashOfResize({ spec }: DesktopResize): string {
  const { desktopRef, cpus = null, memory = null, mode = 'Cold', confirm = 'Automatic' } = spec
  return createHash('sha256')
    .update(JSON.stringify([desktopRef.name, cpus, memory, mode, confirm]))
    .digest('hex')
}

/** Id and name of the flavor of an operation. The name stays with the server when the flavor is gone. */
export function flavorOf(operation: string): { id: string; name: string } {
  return { id: resizeFlavorIdFor(operation), name: `auxo-resize-${operation}` }
}

/** Longest reason of a lock that Nova takes, in characters. */
const longestReason = 255

/** Why the server is locked: it names the resize, and ends with what nobody else writes. */
export function lockReasonOf({ metadata }: Pick<DesktopResize, 'metadata'>, operation: string): string {
  const end = ` (auxo ${operation})`
  const begin = `DesktopResize ${metadata.namespace}/${metadata.name} is at work`
  return `${begin.slice(0, longestReason - end.length)}${end}`
}

export function isOurLock(reason: string | undefined, operation: string): boolean {
  return reason?.endsWith(` (auxo ${operation})`) ?? false
}
