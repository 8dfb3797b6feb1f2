import { HttpError } from '../http.ts'
import type { ImageFacts } from '../image-facts.ts'

const GIB = 2 ** 30

/** Whether a volume of so many GiB can be made from it. */
export function checkImage({ id, status, size, minDisk }: ImageFacts, volumeSize: number): void {
  if (status !== 'active') throw invalid(`Image ${id} is not active.`)
  const needed = Math.ceil((size ?? 0) / GIB)
  if (needed > volumeSize) {
    throw invalid(`Size of specified image ${needed}GB is larger than volume size ${volumeSize}GB.`)
  }
  if (minDisk > volumeSize) {
    throw invalid(`Volume size ${volumeSize}GB cannot be smaller than the image minDisk size ${minDisk}GB.`)
  }
}

function invalid(why: string): HttpError {
  return new HttpError(400, `Invalid input received: ${why}`)
}
