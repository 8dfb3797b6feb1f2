import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import type { ObservedInCloud } from './observed.ts'
import type { AttachVolume, DetachVolume } from './steps.ts'

/** The next change of the server's volumes: those go first that are not wanted any more. */
export function volumeChange(
  { id }: NovaServer,
  { volumes }: Pick<ObservedInCloud, 'volumes'>,
): AttachVolume | DetachVolume | undefined {
  const [leaving] = volumes?.leaving ?? []
  if (leaving !== undefined) return { type: 'DetachVolume', id, volume: leaving }
  const [free] = volumes?.free ?? []
  return free && { type: 'AttachVolume', id, volume: free }
}
