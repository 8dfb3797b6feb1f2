import { HttpError } from '../http.ts'
import type { ApiCall } from './api-call.ts'
import type { CreateRequest, DiskRequest } from './create-request.ts'
import type { ServerRecord } from './server-record.ts'

function rootOf({ disks }: CreateRequest): DiskRequest | undefined {
  return disks.find(({ bootIndex }) => bootIndex === 0)
}

/** The image that a new server starts from, on the host's disk or copied into a volume; null: an existing volume. */
export function bootImage(request: CreateRequest): string | null {
  const root = rootOf(request)
  if (request.imageId !== null) return request.imageId
  if (!root) {
    if (request.disks.length > 0) {
      throw new HttpError(
        400,
        'Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.',
      )
    }
    throw new HttpError(400, 'Missing imageRef attribute')
  }
  return root.source === 'image' ? (root.id ?? null) : null
}

/** 400 for volumes that are not there or not free. */
export function checkDisks({ caller, neighbours }: ApiCall, { disks }: CreateRequest): void {
  for (const { source, id, destination, sizeGiB } of disks) {
    if (source === 'volume') neighbours.volumes.checkAvailable(caller.projectId, id ?? '')
    if (source === 'image' && destination === 'volume' && sizeGiB === undefined) {
      throw new HttpError(
        400,
        "Block Device Mapping is Invalid: Images with destination_type 'volume' need to have a non-zero size specified",
      )
    }
  }
}

/** Makes and attaches the volumes of a new server. */
export function attachDisks(call: ApiCall, server: ServerRecord, { disks }: CreateRequest): void {
  const { volumes } = call.neighbours
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  for (const [index, disk] of disks.filter(({ destination }) => destination === 'volume').entries()) {
    const source = {
      sizeGiB: disk.sizeGiB ?? 1,
      type: disk.type,
      ...(disk.source === 'image' && disk.id !== undefined && { imageId: disk.id }),
      ...(disk.source === 'snapshot' && disk.id !== undefined && { snapshotId: disk.id }),
    }
    const volumeId = disk.source === 'volume' ? (disk.id ?? '') : volumes.create(server.projectId, source)
    const attached = volumes.attach(server.id, volumeId, `/dev/vd${letters[index]}`)
    server.volumes.push({ ...attached, bootIndex: disk.bootIndex, deleteOnTermination: disk.deleteOnTermination })
  }
}
