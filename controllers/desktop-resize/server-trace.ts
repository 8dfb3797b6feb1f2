import {
  type ResizePreImage,
  type ResizeRecord,
  readResizeRecord,
  resizeDigest,
  resizeRecordPatch,
} from '../../pkg/openstack/server-metadata.ts'
import type { Ask } from './ask-nova.ts'
import type { PreImage } from './situation.ts'

/** Earlier resizes that the server's metadata keep in mind. */
const mostEarlier = 12

/** Puts into the server's metadata what is needed to go on, or back, when status is lost. */
export async function recordTrace(ask: Ask): Promise<void> {
  const { preImage } = ask.resize.status ?? {}
  if (preImage === undefined) return
  await write(ask, (before) => {
    const earlier = earlierOf(before)
    return { ...identityOf(ask), preImage: inMetadata(preImage), ...(earlier.length > 0 && { earlier }) }
  })
}

/** Puts the outcome beside it: then it is no longer under way. */
export async function conclude(ask: Ask, succeeded: boolean): Promise<void> {
  await write(ask, (before) => before && { ...before, outcome: succeeded ? 'Succeeded' : 'Failed' })
}

async function write(
  { resize, cloud, signal }: Ask,
  change: (before: ResizeRecord | undefined) => ResizeRecord | undefined,
): Promise<void> {
  const { serverID = '' } = resize.status ?? {}
  const live = await cloud.servers.get(serverID, { signal })
  if (live === undefined) return
  const record = change(readResizeRecord(live.metadata))
  if (record === undefined) return
  const { set, remove } = resizeRecordPatch(live.metadata, record)
  if (Object.keys(set).length > 0) await cloud.servers.setMetadata(serverID, set, { signal })
  for (const key of remove) await cloud.servers.removeMetadata(serverID, key, { signal })
}

function identityOf({ resize, observed }: Ask): Pick<ResizeRecord, 'uid' | 'idempotencyKey' | 'specHash'> {
  const { operation, key, hash } = observed
  return { uid: resize.status?.operation ?? operation, idempotencyKey: key, specHash: hash }
}

/** The resizes that succeeded before the one that is being recorded. */
function earlierOf(before: ResizeRecord | undefined): string[] {
  const { earlier = [] } = before ?? {}
  const latest = before?.outcome === 'Succeeded' ? [resizeDigest(before.idempotencyKey, before.specHash)] : []
  return [...latest, ...earlier].slice(0, mostEarlier)
}

function inMetadata(preImage: PreImage): ResizePreImage {
  const { flavorID, flavorName = '', lockReason, migrationID, actionRequestID } = preImage
  return {
    flavorName,
    vcpus: preImage.cpus,
    ram: preImage.memoryMiB,
    disk: preImage.diskGiB,
    running: preImage.powerState === 'Running',
    locked: preImage.lock === 'Locked',
    ...(flavorID === undefined ? {} : { flavorID }),
    ...(lockReason === undefined ? {} : { lockedReason: lockReason }),
    ...(migrationID === undefined ? {} : { migrationID }),
    ...(actionRequestID === undefined ? {} : { actionRequestID }),
  }
}
