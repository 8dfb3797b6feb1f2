import type { ImageSpec } from '../../api/v1alpha1/image.ts'
import { API_VERSION, IMAGE, UPLOAD_TICKET_ANNOTATION } from '../../api/v1alpha1/names.ts'
import type { ImageFormat } from './file-format.ts'
import type { Image } from './kinds.ts'

/** Owns what `image upload` writes when it makes an Image. */
export const UPLOAD_MANAGER = 'kubectl-auxo-upload'

/** What the command line says of an image. Absent means not set. */
export interface ImageWishes {
  namespace: string
  name: string
  cloud: string
  /** Exact bytes. */
  size: number
  format: ImageFormat
  imageName?: string | undefined
  minDisk?: string | undefined
  minMemory?: string | undefined
  visibility?: ImageSpec['visibility'] | undefined
  properties?: Record<string, string> | undefined
  tags?: string[] | undefined
}

/** The Image to apply: exactly what was said, nothing more. */
export function imageManifest(wishes: ImageWishes, ticketAnnotation: string): Image {
  const { namespace, name, cloud, size, format, imageName, minDisk, minMemory, visibility, properties, tags } = wishes
  return {
    apiVersion: API_VERSION,
    kind: IMAGE.kind,
    metadata: { namespace, name, annotations: { [UPLOAD_TICKET_ANNOTATION]: ticketAnnotation } },
    spec: {
      cloudRef: { name: cloud },
      source: { type: 'Upload', upload: { size: String(size) } },
      diskFormat: format,
      containerFormat: 'bare',
      ...(imageName === undefined ? {} : { imageName }),
      ...(minDisk === undefined ? {} : { minDisk }),
      ...(minMemory === undefined ? {} : { minMemory }),
      ...(visibility === undefined ? {} : { visibility }),
      ...(properties === undefined ? {} : { properties }),
      ...(tags === undefined ? {} : { tags }),
    },
  }
}
