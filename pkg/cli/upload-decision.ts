import { CliError } from './exit-code.ts'
import type { Image } from './kinds.ts'
import { formatBytes, parseSize } from './measures.ts'
import { verdictOf } from './readiness.ts'

/** What an upload finds under its name. */
export type UploadDecision =
  | { step: 'Create' }
  /** It awaits its bytes, or the rest of them. */
  | { step: 'Continue'; image: Image }
  /** It is there already. */
  | { step: 'Done'; image: Image }

/** What is to be uploaded. */
export interface Upload {
  name: string
  size: number
  format: string
  /** Only where it was said. */
  cloud?: string | undefined
}

/** Whether the Image must be made, fed or left alone. Throws where it is something else. */
export function decideUpload(image: Image | undefined, upload: Upload): UploadDecision {
  if (image === undefined) return { step: 'Create' }
  const { name } = upload
  const other = 'choose another --name, or delete it first (kubectl delete image)'
  if (image.metadata.deletionTimestamp !== undefined) {
    throw new CliError(`image ${name} is being deleted; wait until it is gone, or choose another --name`)
  }
  if (image.spec.source.type !== 'Upload') {
    throw new CliError(`image ${name} exists and its source is ${image.spec.source.type}, not Upload; ${other}`)
  }
  if (upload.cloud !== undefined && image.spec.cloudRef.name !== upload.cloud) {
    throw new CliError(`image ${name} exists in cloud ${image.spec.cloudRef.name}, not ${upload.cloud}; ${other}`)
  }
  const size = sizeOf(image)
  if (verdictOf(image).ready) {
    if (size !== undefined && size !== upload.size) {
      throw new CliError(`image ${name} is ready with ${bytes(size)}, the file has ${bytes(upload.size)}; ${other}`)
    }
    return { step: 'Done', image }
  }
  if (size !== undefined && size < upload.size) {
    throw new CliError(`image ${name} takes ${bytes(size)} at most, the file has ${bytes(upload.size)}; ${other}`)
  }
  if (image.spec.diskFormat !== undefined && image.spec.diskFormat !== upload.format) {
    throw new CliError(`image ${name} is to be ${image.spec.diskFormat}, the file is ${upload.format}; ${other}`)
  }
  return { step: 'Continue', image }
}

function sizeOf(image: Image): number | undefined {
  if (image.status?.sizeBytes !== undefined) return image.status.sizeBytes
  const said = image.spec.source.upload?.size
  return said === undefined ? undefined : parseSize(said)
}

function bytes(count: number): string {
  return count < 1024 ? `${count} bytes` : `${formatBytes(count)} (${count} bytes)`
}
