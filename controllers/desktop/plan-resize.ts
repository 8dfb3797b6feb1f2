import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import type { ObservedInCloud } from './observed.ts'
import type { DesktopStep } from './steps.ts'
import { pendingSize } from './wanted.ts'

/** Under resizePolicy Automatic another size in spec makes one DesktopResize per generation of the object. */
export function planResize(
  desktop: Desktop,
  server: NovaServer,
  { automatic }: ObservedInCloud,
): DesktopStep | undefined {
  if (desktop.spec.resizePolicy !== 'Automatic' || pendingSize(desktop, server) === undefined) return undefined
  if (automatic?.generation === desktop.metadata.generation) return undefined
  return { type: 'RequestResize', name: automaticResizeName(desktop) }
}

/** `<desktop≤40>-<uid8>-g<generation>`: the same name for the same wish, so that it is never made twice. */
export function automaticResizeName({ metadata }: Desktop): string {
  const readable = metadata.name.slice(0, 40).replace(/[-.]+$/, '')
  return `${readable}-${(metadata.uid ?? '').slice(0, 8)}-g${metadata.generation ?? 0}`
}
