import type { Receipt } from '../../pkg/openstack/service-api.ts'
import type { Ask } from './ask-nova.ts'

/** Puts the Desktop's own lock back on, with its reason. */
export async function relock({ resize, cloud, signal }: Ask): Promise<Receipt> {
  const { serverID = '', preImage } = resize.status ?? {}
  return await cloud.locks.actions.lock(serverID, preImage?.lockReason, { signal })
}
