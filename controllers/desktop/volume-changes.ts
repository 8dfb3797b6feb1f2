import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import type { Scene } from './scene.ts'
import type { AttachVolume, DetachVolume } from './steps.ts'

/** A second request, should the first one's answer be lost, finds the volume in use. */
export async function attachVolume({ id, volume }: AttachVolume, { cloud, signal }: Scene): Promise<Outcome> {
  await cloud.volumeAttachments.attach(id, volume.volumeID, { signal })
  return done('VolumeAttached', 'AttachVolume', `attached volume ${volume.name} (${volume.volumeID})`)
}

/** The server has the volume until Nova is done with it; only Cinder tells that it is under way. */
export async function detachVolume({ id, volume }: DetachVolume, { cloud, signal }: Scene): Promise<Outcome> {
  const live = await cloud.volumes.get(volume.volumeID, { signal })
  if (live?.status === 'detaching') return { type: 'Waiting', afterSeconds: 1 }
  await cloud.volumeAttachments.detach(id, volume.volumeID, { signal })
  return done('VolumeDetached', 'DetachVolume', `detached volume ${volume.name} (${volume.volumeID})`)
}
